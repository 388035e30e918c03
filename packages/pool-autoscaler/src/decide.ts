import { combine, type CombinedAdvice } from './compose.ts';
import type { DecisionCause, ScalingDecision } from './decision.ts';
import { isWatched, observePeak, peakOf } from './peak-window.ts';
import type { ScalingRule } from './rule.ts';
import { known, type Reading, type TimedSnapshot } from './snapshot.ts';
import type { ScalingState } from './state.ts';

/** What a decision follows: the bounds, and the rules that ask for sizes within them. */
export interface ScalingPolicy {
  readonly min: number;
  readonly max: number;
  readonly rules: readonly ScalingRule[];
  /** What adding and removing one slot costs, as ms of an idle slot. */
  readonly resizeCostMs: number;
  /** Values older than this, in ms, count as unknown. */
  readonly staleAfterMs: number;
}

export interface Decided {
  readonly decision: ScalingDecision;
  readonly state: ScalingState;
}

/**
 * One tick: how large the pool should be, and what to remember. Pure.
 *
 * Whatever the rules ask for: the size stays within the bounds, never falls under running work or
 * while work is queued, is not cut within a rule's reversal window after a growth, does not grow
 * while growth is pointless, and does not move on unknown values. A pool that is out of bounds is
 * brought back at once, without regard to pace or to what is queued, but never under running work.
 */
export function decide(
  snapshot: TimedSnapshot,
  state: ScalingState,
  policy: ScalingPolicy,
): Decided {
  const cap = Math.max(1, Math.floor(known(snapshot.cap) ?? Infinity));
  const min = Math.min(policy.min, cap);
  const max = Math.min(policy.max, cap);
  const size = known(snapshot.size);
  const running = known(snapshot.running);
  const queued = known(snapshot.queued);
  const isFresh = (known(snapshot.ageMs) ?? 0) <= policy.staleAfterMs;
  const isLater = Number.isFinite(snapshot.at) && snapshot.at >= (state.lastAt ?? -Infinity);
  if (!isLater || size === undefined) {
    const what = isLater ? 'the size is unknown' : 'the clock went back';
    return hold(state, size ?? state.lastSize ?? min, 'missing', what);
  }
  const seen: ScalingState = { ...state, lastAt: snapshot.at, lastSize: size };

  if (size < min) return move(seen, size, min, 'bounds', `${size} is under the minimum of ${min}`);
  if (!isFresh || running === undefined || queued === undefined) {
    const what = isFresh
      ? `${running === undefined ? 'running' : 'queued'} work is unknown`
      : `values are ${snapshot.ageMs} ms old`;
    return hold(seen, size, 'missing', what);
  }
  if (size > max) {
    const to = Math.max(max, Math.ceil(running));
    return to < size
      ? move(seen, size, to, 'bounds', `${size} is over the limit of ${max}; ${running} running`)
      : hold(seen, size, 'busy', `over the limit of ${max}, but all ${running} slots are busy`);
  }
  const { blocked } = snapshot;
  if (blocked !== undefined && blocked !== false) {
    const why = blocked === true ? 'what the pool calls refuses work' : blocked;
    return hold(seen, size, 'blocked', `${why}; more slots would not help`);
  }
  const reading: Reading = {
    at: snapshot.at,
    wallAt: snapshot.wallAt ?? snapshot.at,
    size,
    running,
    queued,
    demand: running + queued,
    oldestWaitMs: known(snapshot.oldestWaitMs),
    p95Ms: known(snapshot.p95Ms),
    min,
    max,
  };
  const advice = combine(policy.rules, reading, state.memories);
  const wanted =
    policy.resizeCostMs > 0
      ? observePeak(state.wanted, snapshot.at, advice.want, policy.resizeCostMs)
      : undefined;
  const next: ScalingState = { ...seen, memories: advice.memories, wanted };
  const want = Math.min(max, Math.max(min, Math.ceil(advice.want)));
  if (want > size) return grow(next, reading, advice, want);
  if (want < size) return shrink(next, reading, advice, want, policy.resizeCostMs);
  if (advice.want > size) {
    const bound = max < policy.max ? `it is capped at ${max} now` : `${max} is the most allowed`;
    return hold(next, size, 'at-limit', `${advice.reason}; ${bound}`);
  }
  const bound = Math.ceil(advice.want) < size ? `; ${min} is the least allowed` : '';
  return hold(next, size, 'steady', `${advice.reason}${bound}`);
}

function grow(
  state: ScalingState,
  reading: Reading,
  advice: CombinedAdvice,
  want: number,
): Decided {
  const { size, at } = reading;
  const waitMs = remaining(at, state.lastUpAt, advice.pace.upEveryMs);
  if (waitMs > 0) {
    return hold(state, size, 'cooldown', `${advice.reason}; grew lately, next in ${waitMs} ms`);
  }
  return move(state, size, Math.min(want, size + advice.pace.upBy), 'demand', advice.reason);
}

function shrink(
  state: ScalingState,
  reading: Reading,
  advice: CombinedAdvice,
  want: number,
  resizeCostMs: number,
): Decided {
  const { size, at, running, queued } = reading;
  const { downBy, downEveryMs, reversalMs } = advice.pace;
  if (queued > 0) {
    return hold(
      state,
      size,
      'busy',
      `${advice.reason}; ${queued} queued, so nothing is taken away`,
    );
  }
  const waitMs = Math.max(
    remaining(at, state.lastUpAt, reversalMs),
    remaining(at, state.lastDownAt, downEveryMs),
  );
  if (waitMs > 0) {
    return hold(state, size, 'cooldown', `${advice.reason}; resized lately, next in ${waitMs} ms`);
  }
  let least = Math.max(want, Math.ceil(running), size - downBy);
  if (state.wanted !== undefined) {
    // Break-even (ski rental): a slot goes once it has idled for as long as bringing it back costs,
    // which is never worse than twice the best decision in hindsight.
    const hasPaid = isWatched(state.wanted, at, resizeCostMs);
    least = hasPaid ? Math.max(least, Math.ceil(peakOf(state.wanted))) : size;
    if (least >= size) {
      return hold(state, size, 'resize-cost', `${advice.reason}; not for ${resizeCostMs} ms yet`);
    }
  }
  return least < size
    ? move(state, size, least, 'demand', advice.reason)
    : hold(state, size, 'busy', `${advice.reason}; all ${running} slots are busy`);
}

/** Ms until `everyMs` have passed since the instant; 0 when they have, or there was none. */
function remaining(at: number, since: number | undefined, everyMs: number): number {
  return since === undefined ? 0 : Math.max(0, Math.ceil(since + everyMs - at));
}

function hold(state: ScalingState, size: number, cause: DecisionCause, reason: string): Decided {
  return { decision: { action: 'hold', from: size, to: size, cause, reason }, state };
}

function move(
  state: ScalingState,
  from: number,
  to: number,
  cause: DecisionCause,
  reason: string,
): Decided {
  const isUp = to > from;
  return {
    decision: { action: isUp ? 'up' : 'down', from, to, cause, reason },
    state: {
      ...state,
      lastUpAt: isUp ? state.lastAt : state.lastUpAt,
      lastDownAt: isUp ? state.lastDownAt : state.lastAt,
    },
  };
}
