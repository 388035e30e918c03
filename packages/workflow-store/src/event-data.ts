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
  return {
    phase,
    ...fieldsOf(event),
    status: state.status,
    ...(state.phase === phase ? {} : { nextPhase: state.phase }),
    ...(event.type === 'claimed' ? claimFields(definition, after) : endedRun(before, after)),
  };
}

export function phaseOf(definition: WorkflowDefinition, phase: string): Partial<PhaseDefinition> {
  return definition.phases.find(({ name }) => name === phase) ?? {};
}

function fieldsOf(event: WorkflowEvent): object {
  const { at: _at, type: _type, ...fields } = event;
  if (!('output' in fields)) return fields;
  const { output: _output, ...rest } = fields;
  return rest;
}

function claimFields(definition: WorkflowDefinition, { lease, state }: WorkflowRecord): object {
  const { attempts: attempt, phase, visits } = state;
  const { agent } = phaseOf(definition, phase);
  return { token: lease?.token, holder: lease?.holder, visit: visits[phase] ?? 1, attempt, agent };
}

function endedRun(before: WorkflowRecord, after: WorkflowRecord): object {
  return before.lease === undefined || after.lease !== undefined
    ? {}
    : { token: before.lease.token };
}
