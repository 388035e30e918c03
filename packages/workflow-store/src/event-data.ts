import {
  type PhaseDefinition,
  phaseNamed,
  type WorkflowDefinition,
  type WorkflowEvent,
} from '@chimera/workflow';
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
  if (event.type === 'claimed') return claimData(definition, after);
  const { phase } = before.state;
  const { state } = after;
  // Filled in place: spreads and entries cost several times as much, and every transition comes by here.
  const data: Record<string, unknown> = { phase };
  for (const name in event)
    if (name !== 'at' && name !== 'type' && name !== 'output')
      data[name] = event[name as keyof WorkflowEvent];
  data.status = state.status;
  if (state.phase !== phase) data.nextPhase = state.phase;
  if (before.lease !== undefined && after.lease === undefined) data.token = before.lease.token;
  return data;
}

const noPhase: Partial<PhaseDefinition> = {};

export function phaseOf(definition: WorkflowDefinition, phase: string): Partial<PhaseDefinition> {
  return phaseNamed(definition, phase) ?? noPhase;
}

/** It stays in its phase. */
function claimData(definition: WorkflowDefinition, { lease, state }: WorkflowRecord): object {
  const { attempts: attempt, phase, status, visits } = state;
  return {
    phase,
    status,
    token: lease?.token,
    holder: lease?.holder,
    visit: visits[phase] ?? 1,
    attempt,
    agent: phaseOf(definition, phase).agent,
  };
}
