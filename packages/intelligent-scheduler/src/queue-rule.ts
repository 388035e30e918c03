import type { ScoreRule } from './score-rule.ts';

/** The constants of the queue, beside those of the score. */
export interface QueueRule {
  readonly score: ScoreRule;
  readonly isFair: boolean;
  readonly weights: ReadonlyMap<string, number>;
  readonly idleCreditMs: number;
  readonly deadlineSlack: number;
  readonly deadlineBurst: number;
  readonly dropsExpired: boolean;
}
