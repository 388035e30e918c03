/** One line that an agent left of itself, in the order in which they were written. */
export interface JournalLine {
  readonly what: 'started' | 'ended';
  /** `workflow:requeues:phase:visit`, the same for every run of a visit. */
  readonly idempotencyKey: string;
  readonly pid: number;
  /** The daemon that started it. */
  readonly instance: string;
}

/** One entry of the daemon's event log. */
export interface LoggedEvent {
  readonly seq: number;
  readonly workflowId: string;
  readonly type: string;
  /** As the daemon wrote it: `phase`, `status` after it, and the claim's `token`. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Acknowledgement {
  readonly workflowId: string;
  /** What it was submitted under, however often. */
  readonly key: string;
}

/** All that is known from outside of a daemon's life, once everything has come to rest. */
export interface History {
  readonly acknowledgements: readonly Acknowledgement[];
  readonly events: readonly LoggedEvent[];
  readonly journal: readonly JournalLine[];
  /** Of the definition, in order; all agents succeed. */
  readonly phases: readonly string[];
}

export type Law =
  | 'nothing-lost'
  | 'submitted-once'
  | 'recorded-once'
  | 'in-order'
  | 'tokens-rise'
  | 'no-zombie-writes'
  | 'one-agent-at-a-time'
  | 'recorded-as-done';

export interface Violation {
  readonly law: Law;
  readonly workflowId: string;
  readonly message: string;
}
