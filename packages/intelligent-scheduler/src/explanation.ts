import { type Score, type ScoreContext, type ScoreParts, scoreUnder } from './score.ts';
import type { ScoreRule } from './score-rule.ts';
import type { Task } from './task.ts';

/** Why a task waits. */
export interface Explanation {
  /** In points. */
  readonly score: number;
  readonly parts: ScoreParts;
  /** 1 is next. */
  readonly position: number;
  /** The ids of those who go first, in their order. */
  readonly before: readonly string[];
  /**
   * Ms until it starts, if all slots were free now and every estimate were right; undefined when
   * the slots or the estimate of one that goes first are not known.
   */
  readonly expectedStartMs?: number;
}

export function explanation(
  task: Task,
  order: Iterable<Task>,
  context: ScoreContext,
  slots: number | undefined,
  rule: ScoreRule,
): Explanation {
  const before: Task[] = [];
  for (const other of order) {
    if (other.id === task.id) break;
    before.push(other);
  }
  const { total, parts }: Score = scoreUnder(task, context, rule);
  const expectedStartMs = startAfter(before, slots);
  return {
    score: total,
    parts,
    position: before.length + 1,
    before: before.map(({ id }) => id),
    ...(expectedStartMs === undefined ? {} : { expectedStartMs }),
  };
}

/** When the first of `slots` is free again, each task having gone to the slot that was free first. */
function startAfter(before: readonly Task[], slots: number | undefined): number | undefined {
  if (slots === undefined || !(slots >= 1)) return undefined;
  const estimates: number[] = [];
  for (const { estimateMs } of before) {
    if (estimateMs === undefined) return undefined;
    estimates.push(estimateMs);
  }
  // A pool may be without a bound.
  if (estimates.length < Math.floor(slots)) return 0;
  const freeAt: number[] = Array.from({ length: slots }, () => 0);
  for (const estimateMs of estimates) {
    const start = Math.min(...freeAt);
    freeAt[freeAt.indexOf(start)] = start + estimateMs;
  }
  return Math.min(...freeAt);
}
