import type { CircuitBreakerEvent } from '@chimera/circuit-breaker';
import { waitText } from '../duration-text.ts';
import type { DecisionLog } from './decision-log.ts';

/** Words for each change of status. Single calls are no decisions, and no hand sets a mode here. */
function changeOf(
  event: CircuitBreakerEvent,
): { readonly to: string; readonly cause: string; readonly reason: string } | undefined {
  switch (event.type) {
    case 'opened': {
      const evidence =
        event.evidence === undefined ? '' : `, at last: ${messageOf(event.evidence)}`;
      return {
        to: 'open',
        cause: 'failures',
        reason: `${event.reason}${evidence}; probes in ${waitText(event.openForMs)}`,
      };
    }
    case 'half-opened':
      return {
        to: 'half-open',
        cause: 'rest-over',
        reason: 'its rest is over; the next calls are probes',
      };
    case 'closed':
      return { to: 'closed', cause: 'probes-succeeded', reason: 'the probes succeeded' };
    case 'mode-changed':
    case 'threshold-exceeded':
    case 'rejected':
    case 'succeeded':
    case 'failed':
    case 'ignored':
    case 'discarded':
      return undefined;
  }
}

/**
 * Takes the events of every agent's breaker, and tells the log what the breakers decided. What they
 * take up from before, until `isRestored`, was decided then.
 */
export function breakerDecisions(
  decisions: Pick<DecisionLog, 'add'>,
  isRestored: () => boolean,
): (agent: string, event: CircuitBreakerEvent) => void {
  const statuses = new Map<string, string>();
  return (agent, event) => {
    const change = changeOf(event);
    if (change === undefined) return;
    const from = statuses.get(agent) ?? 'closed';
    statuses.set(agent, change.to);
    if (!isRestored()) return;
    decisions.add({ kind: 'breaker', at: event.at, agent, from, ...change, signals: {} });
  };
}

/** What an agent reports is a record of its own; one line of it is enough. */
function messageOf(evidence: unknown): string {
  const message =
    typeof evidence === 'object' && evidence !== null && 'message' in evidence
      ? evidence.message
      : evidence;
  const [line = ''] = String(message).split('\n');
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
