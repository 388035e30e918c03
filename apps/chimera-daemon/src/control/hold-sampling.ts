/** What was told last, and when (monotonic ms). */
export interface Told {
  readonly cause: string;
  readonly at: number;
}

/** Holds are told at most this often. */
export const holdEveryMs = 60_000;

/**
 * Whether a decision to leave things as they are is worth telling: its cause is another one than
 * was told last, and a minute has passed since. A cause that comes and goes costs an entry a minute,
 * not one a tick.
 */
export function isWorthTelling(cause: string, at: number, last: Told): boolean {
  return cause !== last.cause && at - last.at >= holdEveryMs;
}
