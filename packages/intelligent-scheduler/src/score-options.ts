import { type Duration, durationOption, numberOption, refuseOption } from '@chimera/policy';
import type { ScoreRule } from './score-rule.ts';

/** The constants of the score. */
export interface ScoreOptions {
  /** Points for each priority level. Default 10. */
  readonly levelPoints?: number;
  /** Waiting this long earns one point. Default 5 minutes. */
  readonly ageEvery?: Duration;
  /** Points that waiting earns before promotion takes over. Default 5. */
  readonly agePointsCap?: number;
  /**
   * Past the cap, waiting this long lifts a task by one whole level, without end: nothing starves.
   * It may not be slower than ageing itself (`levelPoints * ageEvery`). Default 5 minutes, or
   * as fast as ageing where that is faster.
   */
  readonly promoteEvery?: Duration;
  /** Points for a short task while the pool is busy. Default 3. */
  readonly shortTaskPoints?: number;
  /** A task is short when its estimate is under this. Default 60 seconds. */
  readonly shortTaskUnder?: Duration;
  /** The pool is busy when its utilisation (0..1) is over this. Default 0.7. */
  readonly busyAbove?: number;
}

const owner = 'intelligent-scheduler';

const defaultRule: ScoreRule = resolve({});

/** The options with their defaults, in the unit that scores are compared in. Throws RangeError. */
export function scoreRule(options: ScoreOptions | undefined): ScoreRule {
  return options === undefined ? defaultRule : resolve(options);
}

function resolve(options: ScoreOptions): ScoreRule {
  const pointMs = durationOption(owner, 'ageEvery', options.ageEvery ?? '5m', 1);
  const levelPoints = finite('levelPoints', options.levelPoints ?? 10);
  const levelMs = levelPoints * pointMs;
  const promoteEvery = options.promoteEvery ?? Math.min(300_000, levelMs);
  const promoteMs = durationOption(owner, 'promoteEvery', promoteEvery, 1);
  // A slower promotion would make the score concave in the wait, and no static key orders as that does.
  if (promoteMs > levelMs) {
    const rule = `at most levelPoints * ageEvery (${levelMs} ms)`;
    refuseOption(owner, 'promoteEvery', rule, promoteEvery);
  }
  return {
    pointMs,
    levelMs,
    capMs: finite('agePointsCap', options.agePointsCap ?? 5) * pointMs,
    promotionRate: levelMs / promoteMs,
    shortTaskMs: finite('shortTaskPoints', options.shortTaskPoints ?? 3) * pointMs,
    shortUnderMs: durationOption(owner, 'shortTaskUnder', options.shortTaskUnder ?? '60s'),
    busyAbove: numberOption(owner, 'busyAbove', options.busyAbove ?? 0.7, 0, 1),
  };
}

function finite(option: string, value: number): number {
  return numberOption(owner, option, value, 0, Number.MAX_SAFE_INTEGER);
}
