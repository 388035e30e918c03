import { type DestinationStream, type Logger, pino } from 'pino';
import { logFields, logMessage } from './logging/log-fields.ts';

export type { Logger };

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

/**
 * What a terminal or a reader of lines would act on, and JSON leaves as it is: DEL and the C1
 * controls, the line and paragraph separators, the byte order mark, and what turns text around.
 */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const acted = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * NDJSON: one line each, whatever is logged, without what looks like a secret. On standard error:
 * standard output belongs to what a command was asked for. Its `level` can be set at any time.
 */
export function createLog(
  level: string,
  destination: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Logger {
  return pino(
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
        streamWrite: (line) => line.replace(acted, escaped),
      },
    },
    destination,
  );
}

/** Such characters stand in strings only, where JSON allows to escape them. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
