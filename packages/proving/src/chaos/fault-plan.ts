/** Ways in which a call goes wrong. */
export const faultKinds = [
  'latency',
  'error',
  'hang',
  'drip',
  'duplicate',
  'late',
  'partial',
] as const;

export type FaultKind = (typeof faultKinds)[number];

/** What goes wrong, how often, and with which calls. */
export interface FaultRule {
  readonly fault: FaultKind;
  /** Of what it befalls; a `*` at the end stands for any rest. Default: all. */
  readonly keys?: readonly string[];
  /** Of the calls that it may befall: from 0 to 1. Default 1. */
  readonly share?: number;
  /** Calls of a key count from 0: the first that it may befall (default 0), and the first that it may not (default: none). */
  readonly from?: number;
  readonly until?: number;
  /** Of latency and late: how long; of drip: the pause before each piece. One number of ms, or the least and the most. */
  readonly ms?: number | readonly [least: number, most: number];
  /** Of error. Defaults `'CHAOS'` and a line that names the call. */
  readonly code?: string;
  readonly message?: string;
  /** Of error, for `fetch`: it answers with this status instead of failing. */
  readonly status?: number;
  /** Of drip: how many. Default 10. */
  readonly pieces?: number;
  /** Of partial: the share of the answer that arrives, from 0 to 1. Default 0.5. */
  readonly keep?: number;
}

/** Plain JSON. For each call the first rule that befalls it holds. */
export interface FaultPlan {
  /** Default 1. */
  readonly seed?: number;
  readonly rules: readonly FaultRule[];
}
