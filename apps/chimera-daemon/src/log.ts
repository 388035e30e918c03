import { type Logger, pino } from 'pino';

export type { Logger };

/** NDJSON on standard error: standard output belongs to what a command was asked for. */
export function createLog(level: string): Logger {
  return pino(
    { level, base: { service: 'chimera' }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
}
