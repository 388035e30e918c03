import { type ScoreOptions, scoreRule } from './score-options.ts';
import { isShortTask } from './score-rule.ts';
import type { Task } from './task.ts';

/** The columns that let a database order a queue as the score does; none changes while a task waits. */
export interface StaticKey {
  /** Orders as the score does among tasks that wait less than the cap. */
  readonly ageingKey: number;
  /** Orders as the score does among tasks past the cap. */
  readonly promotionKey: number;
  /** Whether the task gains points while the pool is busy. */
  readonly isShort: boolean;
}

/**
 * Keys that order as the score does at any instant, descending. The score is, but for constants
 * of the instant, the larger of the two keys, and short tasks share one bonus. So the `k` most
 * urgent of a queue are among the first `k` by `ageingKey` and the first `k` by `promotionKey`,
 * of the short and of the others: four reads of an index, then {@link rank}. Whole numbers with
 * the default options and whole milliseconds (14 digits today: a 64-bit column).
 */
export function staticKey(
  task: Pick<Task, 'priority' | 'enqueuedAt' | 'estimateMs'>,
  options?: ScoreOptions,
): StaticKey {
  const rule = scoreRule(options);
  const level = task.priority * rule.levelMs;
  return {
    ageingKey: level - task.enqueuedAt,
    promotionKey: level - task.enqueuedAt * rule.promotionRate,
    isShort: isShortTask(task, rule),
  };
}
