import type { WorkflowEvent } from '@chimera/workflow';
import type { WorkflowRecord } from '@chimera/workflow-store';

/** The phase that an event came in: a success or a verdict has led on to another one. */
export function phaseBefore({ type }: WorkflowEvent, { state }: WorkflowRecord): string {
  if (type === 'phase-succeeded') return state.artifacts.at(-1)?.phase ?? state.phase;
  if (type === 'phase-rejected') return state.feedback.at(-1)?.fromPhase ?? state.phase;
  return state.phase;
}
