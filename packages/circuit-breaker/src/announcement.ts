import type { CircuitBreakerEvent } from './events.ts';
import type { CircuitState } from './circuit-state.ts';
import { modeOf } from './state.ts';

/** What listeners are to be told of a change of state; undefined when it is no news. */
export function announcement(
  before: CircuitState,
  after: CircuitState,
  breaker: string,
  at: number,
  evidence: unknown,
): CircuitBreakerEvent | undefined {
  const mode = modeOf(after);
  const isIsolated = isolated(after);
  if (mode !== modeOf(before) || isIsolated !== isolated(before)) {
    return { type: 'mode-changed', breaker, at, mode, isIsolated };
  }
  switch (after.status) {
    case 'open': {
      if (after.epoch === before.epoch) return undefined;
      const { reason, reopenings } = after;
      const openForMs = after.until - after.openedAt;
      return { type: 'opened', breaker, at, reason, openForMs, reopenings, evidence };
    }
    case 'half-open':
      return before.status === 'half-open' ? undefined : { type: 'half-opened', breaker, at };
    case 'closed':
      return before.status === 'closed' ? undefined : { type: 'closed', breaker, at };
    case 'metrics-only':
      return after.exceeded === undefined ||
        (before.status === 'metrics-only' && before.exceeded !== undefined)
        ? undefined
        : { type: 'threshold-exceeded', breaker, at, reason: after.exceeded };
    case 'forced-open':
    case 'disabled':
      return undefined;
  }
}

function isolated(state: CircuitState): boolean {
  return state.status === 'forced-open' && state.isolations > 0;
}
