import { openSync } from 'node:fs';
import { systemClock } from '@chimera/policy';
import { type DestinationStream, type Logger, pino } from 'pino';
import { inert } from './logging/json-text.ts';
import { logFields, logMessage } from './logging/log-fields.ts';
import { LineBuffer } from './logging/line-buffer.ts';
import { LogOutput } from './logging/log-output.ts';

export type { Logger };

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

const standardError = 2;
const buffers = new WeakMap<Logger, LineBuffer>();

/**
 * NDJSON: one line each, whatever is logged, without what looks like a secret. On standard error:
 * standard output belongs to what a command was asked for. Its `level` can be set at any time.
 */
export function createLog(
  level: string,
  destination: DestinationStream = lineWriter(standardError),
): Logger {
  const log = pino(
    {
      level,
      base: { service: 'chimera' },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // What is logged is copied before anything else looks at it.
      serializers: {},
      hooks: {
        logMethod(told, method) {
          const [first, ...rest] = told as readonly unknown[];
          const isWord = typeof first === 'string';
          const fields = logFields(isWord ? undefined : first);
          const message = logMessage(first, isWord ? first : rest[0]);
          // As an argument: a percent sign in it stands for nothing.
          if (message === undefined) method.call(this, fields);
          else method.call(this, fields, '%s', message);
        },
        streamWrite: inert,
      },
    },
    destination,
  );
  if (destination instanceof LineBuffer) buffers.set(log, destination);
  return log;
}

/** Where the bytes of whole lines can be put; undefined of a log that was not made here, or that writes elsewhere. */
export function linesOf(log: Logger): LineBuffer | undefined {
  return buffers.get(log);
}

/** To a file, or a descriptor that is open: a few lines at a time, and what is left when the process exits. */
export function lineWriter(dest: number | string): LineBuffer {
  const descriptor = typeof dest === 'number' ? dest : openSync(dest, 'a');
  const lines = new LineBuffer(new LogOutput(descriptor, { clock: systemClock }), systemClock);
  process.once('exit', () => lines.flushSync());
  return lines;
}
