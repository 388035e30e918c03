/** Why a decision came out as it did, for code; `reason` says the same in words and numbers. */
export type DecisionCause =
  /** A rule asked for this size. */
  | 'demand'
  /** The size was outside of min, max or the cap. */
  | 'bounds'
  /** No rule asks for another size, or only for one under the minimum. */
  | 'steady'
  /** A rule asks for more, and the pool is as large as it may be. */
  | 'at-limit'
  /** A rule asks for a change too soon after the last one. */
  | 'cooldown'
  /** Fewer slots are wanted, but they are busy or work is queued. */
  | 'busy'
  /** Fewer slots are wanted, but not yet for as long as a resize costs. */
  | 'resize-cost'
  /** More slots would not help now. */
  | 'blocked'
  /** A value is unknown or too old. */
  | 'missing';

export interface ScalingDecision {
  readonly action: 'up' | 'down' | 'hold';
  readonly from: number;
  /** Size that the pool should have; equals `from` when the action is `hold`. */
  readonly to: number;
  readonly cause: DecisionCause;
  /** In words and numbers, for a person. */
  readonly reason: string;
  /** Only with `dryRun`: what would have been done. */
  readonly instead?: { readonly action: 'up' | 'down'; readonly to: number };
}
