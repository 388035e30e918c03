import { type ScoreOptions, scoreRule } from './score-options.ts';
import { isShortTask, type ScoreRule, urgencyMs, waitWorth } from './score-rule.ts';
import type { Task } from './task.ts';

export interface ScoreContext {
  /** The instant to score at, in ms, on the clock of `enqueuedAt`. */
  readonly now: number;
  /** Busy share of the pool, 0..1. */
  readonly utilisation: number;
}

export interface Score {
  /** Orders exactly as the sum of the parts does in real numbers, for whole milliseconds. */
  readonly total: number;
  /** In points. */
  readonly parts: ScoreParts;
}

export interface ScoreParts {
  readonly priority: number;
  readonly wait: number;
  readonly shortTask: number;
  readonly promotion: number;
}

/**
 * How urgent a task is, in points: `10 * priority + min(wait / 300 s, 5)`, 3 more for an estimate
 * under 60 s while utilisation is over 70 %, and one level more for every 300 s waited past the
 * cap (with the default options). Pure. Throws RangeError for wrong options.
 */
export function score(
  task: Pick<Task, 'priority' | 'enqueuedAt' | 'estimateMs'>,
  context: ScoreContext,
  options?: ScoreOptions,
): Score {
  return scoreUnder(task, context, scoreRule(options));
}

export function scoreUnder(
  task: Pick<Task, 'priority' | 'enqueuedAt' | 'estimateMs'>,
  { now, utilisation }: ScoreContext,
  rule: ScoreRule,
): Score {
  const waitMs = now - task.enqueuedAt;
  const isBoosted = utilisation > rule.busyAbove && isShortTask(task, rule);
  const pastCapMs = Math.max(0, waitMs - rule.capMs);
  return {
    total: urgencyMs(task.priority, waitMs, isBoosted, rule) / rule.pointMs,
    parts: {
      priority: (task.priority * rule.levelMs) / rule.pointMs,
      wait: Math.min(waitMs, rule.capMs) / rule.pointMs,
      shortTask: isBoosted ? rule.shortTaskMs / rule.pointMs : 0,
      promotion: (pastCapMs * rule.promotionRate) / rule.pointMs,
    },
  };
}

/**
 * The head start in ms that settles it: whatever is enqueued this long after a task, or later, is
 * never served before it, though it be `levels` more urgent and boosted as a short task. Negative
 * levels are less urgent. With the default options, for one level or more:
 * `300 s * levels + 1350 s + 30 s * 3`. The wait of a task is at most this plus the time it takes
 * to serve what was enqueued before that instant.
 */
export function starvationBoundMs(levels: number, options?: ScoreOptions): number {
  const rule = scoreRule(options);
  return waitWorth(Math.max(0, levels * rule.levelMs + rule.shortTaskMs), rule);
}
