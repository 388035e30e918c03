/** What the scheduler needs to know of a piece of work; carry whatever else you like along with it. */
export interface Task {
  readonly id: string;
  /** 0..10, higher is more urgent. */
  readonly priority: number;
  /** Instant in ms since which it waits, on any one clock. Whole numbers keep every order exact. */
  readonly enqueuedAt: number;
  /** How long it will run, in ms; a P90 from history is a good choice. Unknown counts as long. */
  readonly estimateMs?: number | undefined;
  /** Whose work it is, for fairness between tenants. */
  readonly tenant?: string | undefined;
  /** Instant in ms, on the clock of `enqueuedAt`, after which the result is of no use. */
  readonly deadlineAt?: number | undefined;
}
