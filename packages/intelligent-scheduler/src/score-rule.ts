import type { Task } from './task.ts';

/**
 * The constants of the score, in ms of ageing: one point is `pointMs` of waiting. In this unit
 * the defaults make every score of whole milliseconds a whole number, so that the scheduler, a
 * sort and a database agree to the last bit.
 */
export interface ScoreRule {
  readonly pointMs: number;
  readonly levelMs: number;
  readonly capMs: number;
  /** How many times faster than ageing promotion is; at least 1. */
  readonly promotionRate: number;
  readonly shortTaskMs: number;
  readonly shortUnderMs: number;
  readonly busyAbove: number;
}

/** What a wait earns, in ms of ageing: convex and strictly increasing, hence static keys and no starvation. */
export function agedMs(waitMs: number, rule: ScoreRule): number {
  return waitMs <= rule.capMs ? waitMs : rule.capMs + (waitMs - rule.capMs) * rule.promotionRate;
}

/** The wait that earns `worthMs`: the inverse of {@link agedMs}. */
export function waitWorth(worthMs: number, rule: ScoreRule): number {
  return worthMs <= rule.capMs ? worthMs : rule.capMs + (worthMs - rule.capMs) / rule.promotionRate;
}

export function isShortTask(task: Pick<Task, 'estimateMs'>, rule: ScoreRule): boolean {
  return task.estimateMs !== undefined && task.estimateMs < rule.shortUnderMs;
}

/** The score in ms of ageing. A task of the future (clock skew) has a negative wait and stands behind. */
export function urgencyMs(
  priority: number,
  waitMs: number,
  isBoosted: boolean,
  rule: ScoreRule,
): number {
  return priority * rule.levelMs + agedMs(waitMs, rule) + (isBoosted ? rule.shortTaskMs : 0);
}
