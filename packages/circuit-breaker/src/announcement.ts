import type { CircuitState } from './circuit-state.ts';
import type { News } from './events.ts';

/** What listeners are to be told of a change of state; undefined when it is no news. */
export function announcement(
  before: CircuitState,
  after: CircuitState,
  evidence: unknown,
): News | undefined {
  const { status, exceeded: reason } = after;
  if (after.epoch === before.epoch) {
    return reason && !before.exceeded ? { type: 'threshold-exceeded', reason } : undefined;
  }
  if (status === 'open') {
    const { reason, openedAt, until, reopenings } = after;
    return { type: 'opened', reason, openForMs: until - openedAt, reopenings, evidence };
  }
  if (status === 'half-open') return { type: 'half-opened' };
  return status === 'closed' && before.status !== status ? { type: 'closed' } : undefined;
}
