/** Ways in which a process or its disk gives out. */
export const crashFaults = [
  /** Killed before an operation. */
  'kill',
  /** Killed in the middle of a write. */
  'torn-write',
  /** The power is cut: of what was not synced any part is there, in any order. */
  'power-cut',
  /** From an operation on: there is no space, writes or syncs fail, the disk cannot be written. */
  'disk-full',
  'write-error',
  'sync-error',
  'read-only',
] as const;

export type CrashFault = (typeof crashFaults)[number];

/** Where in a run something happens. */
export interface CrashPoint {
  readonly fault: CrashFault;
  /** Of the reference run's operations on its files, from 1. */
  readonly operation: number;
  /** Decides what survives of unsynced writes, and where a write is torn. */
  readonly seed: number;
}

/** A crash that a program does not stand. */
export class CrashPointError extends Error {
  override readonly name = 'CrashPointError';
  readonly code = 'CRASH_POINT';
  readonly point: CrashPoint;
  readonly acknowledged: readonly string[];
  /** What was left, for you to look at. */
  readonly directory: string;

  constructor(
    point: CrashPoint,
    acknowledged: readonly string[],
    directory: string,
    /** Of the reference run, in which the program was. */
    operation: string,
    cause: unknown,
  ) {
    const said = cause instanceof Error ? cause.message : String(cause);
    super(
      `${point.fault} at operation ${point.operation} (${operation}), after ${acknowledged.length} acknowledged lines: ${said}\n` +
        `what was left: ${directory}\n` +
        `replay: crashPoints({ …, only: ${JSON.stringify(point)} })`,
      { cause },
    );
    this.point = point;
    this.acknowledged = acknowledged;
    this.directory = directory;
  }
}
