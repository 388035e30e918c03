import {
  AdaptiveLimit,
  aimd,
  cubicRate,
  type CubicRateState,
  RateLimit,
  type RateLimitSnapshot,
  restore,
  snapshotOf,
  tokenBucket,
  vegas,
} from '@chimera/concurrency-limit';
import type { Clock, Random } from '@chimera/policy';
import type { PolicyOf } from '../scenario-schema.ts';

export function rateLimitOf(spec: PolicyOf<'rate-limit'>, clock: Clock): RateLimit {
  const { rule, maxWaitMs: maxWait } = spec;
  if ('calls' in rule) {
    const { calls, perMs, burst } = rule;
    return new RateLimit(
      { rule: tokenBucket({ rate: calls, per: perMs, burst }), maxWait },
      { clock },
    );
  }
  const limit = new RateLimit({ rule: cubicRate(), maxWait }, { clock });
  restore(limit, throttledNow(rule.cubicFrom, snapshotOf(limit)));
  return limit;
}

/** The state of a rate limit that was throttled at this moment, under more traffic than it can let through. */
function throttledNow(throttledRate: number, fresh: RateLimitSnapshot): RateLimitSnapshot {
  const { takenAt } = fresh;
  const state: CubicRateState = {
    isLimiting: true,
    tokens: 1,
    tokensAt: takenAt,
    rate: throttledRate,
    throttledRate,
    throttledAt: takenAt,
    measuredRate: 1e9,
    countedFrom: takenAt,
    counted: 0,
  };
  return { ...fresh, state };
}

export function adaptiveLimitOf(
  { initial, rule }: PolicyOf<'adaptive-limit'>,
  deps: { readonly clock: Clock; readonly random: Random },
): AdaptiveLimit {
  if ('aimd' in rule) {
    const { backoffRatio } = rule.aimd;
    return new AdaptiveLimit({ rule: aimd({ initial, backoffRatio }) }, deps);
  }
  const { divideBy, smoothing } = rule.vegas;
  const decrease = (limit: number) => limit / divideBy;
  return new AdaptiveLimit({ rule: vegas({ initial, smoothing, decrease }) }, deps);
}
