import { type ScoreContext } from './score.ts';
import { type ScoreOptions, scoreRule } from './score-options.ts';
import { isShortTask, urgencyMs } from './score-rule.ts';
import type { Task } from './task.ts';

/**
 * The candidates, most urgent first, in exactly the order of their scores; ties go to the one
 * enqueued first, then to the one that stood first among the candidates. Does not change its
 * argument. Throws RangeError for wrong options.
 */
export function rank<T extends Task>(
  candidates: readonly T[],
  context: ScoreContext,
  options?: ScoreOptions,
): T[] {
  const rule = scoreRule(options);
  const isBusy = context.utilisation > rule.busyAbove;
  return candidates
    .map((task) => {
      const waitMs = context.now - task.enqueuedAt;
      const isBoosted = isBusy && isShortTask(task, rule);
      return { task, waitMs, urgency: urgencyMs(task.priority, waitMs, isBoosted, rule) };
    })
    .sort((a, b) => b.urgency - a.urgency || b.waitMs - a.waitMs)
    .map(({ task }) => task);
}
