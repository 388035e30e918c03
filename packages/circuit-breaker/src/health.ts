import type { CircuitBreaker } from './circuit-breaker.ts';
import type { CircuitRules, CircuitState, CircuitStatus } from './circuit-state.ts';
import type { WindowCounts } from './failure-detector.ts';

/** What a breaker knows of what it guards, for people and dashboards. */
export interface BreakerHealth {
  readonly status: CircuitStatus;
  /**
   * What the window remembers: while half-open, the probes that have ended; else 0 unless closed or
   * metrics-only. What opened a circuit is gone with its window: its `opened` event has the reason
   * and the last failure.
   */
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
  /** Shares of `calls`, 0 when there are none. */
  readonly failureRate: number;
  readonly slowRate: number;
  readonly probesInFlight: number;
  /** How many times probing has failed since the circuit was last closed. */
  readonly reopenings: number;
  /** Infinity when only a hand can change it. */
  readonly retryAfterMs: number;
}

export function healthOf(breaker: CircuitBreaker): BreakerHealth {
  const { status, state, retryAfterMs, rules, clock } = breaker;
  const { calls, failures, slow } = countsOf(state, clock.monotonic(), rules);
  return {
    status,
    calls,
    failures,
    slow,
    // 0 of 0 is 0, as 0 of 1.
    failureRate: failures / (calls || 1),
    slowRate: slow / (calls || 1),
    probesInFlight: state.status === 'half-open' ? state.probes.length : 0,
    reopenings: state.reopenings ?? 0,
    retryAfterMs,
  };
}

function countsOf(state: CircuitState, at: number, { detector }: CircuitRules): WindowCounts {
  if (state.status === 'half-open') {
    const { ended, failed, slow } = state;
    return { calls: ended, failures: failed, slow };
  }
  return detector.counts('window' in state ? state.window : detector.empty, at);
}
