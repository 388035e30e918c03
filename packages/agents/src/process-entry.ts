/** A living process; zombies are not: nothing can be done about them, and nothing needs to be. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parentId: number;
  readonly groupId: number;
  /** Undefined where the system does not tell. */
  readonly sessionId: number | undefined;
  /** Tells this process from a later one with the same pid; grows with time, unit and origin are the system's. */
  readonly startedAt: number;
  /** Value of a variable in the environment that the process was started with; undefined when not readable. */
  environmentValue(name: string): string | undefined;
  commandLine(): string;
  /** Looks again, right now: false when the pid has become free or belongs to another process. */
  isStillThere(): boolean;
}

export function sameProcess(a: ProcessEntry, b: ProcessEntry): boolean {
  return a.pid === b.pid && a.startedAt === b.startedAt;
}
