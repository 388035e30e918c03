import type { PhaseDefinition, WorkflowDefinition, WorkflowEvent } from '@chimera/workflow';
import type { WorkflowRecord } from './workflow-record.ts';

/**
 * What the event log says of an event: its own fields, without the output, which artifacts and
 * feedback hold; the `phase` it came in and, when it leads on, the `nextPhase`; the `status` after
 * it. A claim and the event that ends its phase run both carry its `token`: a phase run is read
 * from these two, and written nowhere else.
 */
export function eventData(
  definition: WorkflowDefinition,
  before: WorkflowRecord,
  event: WorkflowEvent,
  after: WorkflowRecord,
): object {
  const { phase } = before.state;
  const { state } = after;
  // Filled in place: spreads cost several times as much, and every transition comes by here.
  const data: Record<string, unknown> = { phase };
  for (const [name, value] of Object.entries(event))
    if (name !== 'at' && name !== 'type' && name !== 'output') data[name] = value;
  data.status = state.status;
  if (state.phase !== phase) data.nextPhase = state.phase;
  if (event.type === 'claimed') return Object.assign(data, claimFields(definition, after));
  if (before.lease !== undefined && after.lease === undefined) data.token = before.lease.token;
  return data;
}

export function phaseOf(definition: WorkflowDefinition, phase: string): Partial<PhaseDefinition> {
  return definition.phases.find(({ name }) => name === phase) ?? {};
}

function claimFields(definition: WorkflowDefinition, { lease, state }: WorkflowRecord): object {
  const { attempts: attempt, phase, visits } = state;
  const { agent } = phaseOf(definition, phase);
  return { token: lease?.token, holder: lease?.holder, visit: visits[phase] ?? 1, attempt, agent };
}
