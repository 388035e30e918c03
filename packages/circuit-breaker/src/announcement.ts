import type { CircuitState } from './circuit-state.ts';
import type { CircuitBreakerEvent } from './events.ts';

/** What listeners are to be told of a change of state; undefined when it is no news. */
export function announcement(
  before: CircuitState,
  after: CircuitState,
  breaker: string,
  at: number,
  evidence: unknown,
): CircuitBreakerEvent | undefined {
  if (after.epoch === before.epoch) {
    const reason =
      'mode' in after && 'mode' in before && before.exceeded === null && after.exceeded;
    return reason ? { type: 'threshold-exceeded', breaker, at, reason } : undefined;
  }
  if (after.status === 'open') {
    const { reason, openedAt, until, reopenings } = after;
    const openForMs = until - openedAt;
    return { type: 'opened', breaker, at, reason, openForMs, reopenings, evidence };
  }
  if ('mode' in after) {
    const { mode, isolations } = after;
    return { type: 'mode-changed', breaker, at, mode, isolations };
  }
  if (after.status === 'half-open') return { type: 'half-opened', breaker, at };
  return before.status === 'closed' ? undefined : { type: 'closed', breaker, at };
}
