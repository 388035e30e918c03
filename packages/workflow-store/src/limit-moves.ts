import type { WorkflowDefinition } from '@chimera/workflow';
import { phaseOf } from './event-data.ts';
import type { StoreContext } from './store-context.ts';
import type { WorkflowRecord } from './workflow-record.ts';

/**
 * What a step of a workflow means for the limits that it is under. Returns the key that holds it
 * back when it has become claimable and may not start.
 */
export function moveLimits(
  { limits }: Pick<StoreContext, 'limits'>,
  definition: WorkflowDefinition,
  before: WorkflowRecord | undefined,
  now: WorkflowRecord,
  isClaimable: boolean,
  at: number,
): string | undefined {
  if (limits.isEmpty && now.parent?.maxParallel === undefined) return undefined;
  const wasRunning = before?.state.status === 'running';
  const isRunning = now.state.status === 'running';
  if (wasRunning && isRunning) return undefined;
  const keys = limitKeys({ limits }, definition, now);
  if (isRunning) limits.started(keys, at);
  else if (wasRunning) limits.ended(limitKeys({ limits }, definition, before));
  // One that stood for its keys may stand no more: somebody else has its room.
  else if (before !== undefined) limits.unsettle(limitKeys({ limits }, definition, before));
  return isClaimable ? limits.place(keys, at) : undefined;
}

/** Keys of the limits that a workflow is under in its phase. */
export function limitKeys(
  { limits }: Pick<StoreContext, 'limits'>,
  definition: WorkflowDefinition,
  { labels, parent, state }: WorkflowRecord,
): readonly string[] {
  return limits.rules.keysOf(labels, phaseOf(definition, state.phase).agent, parent);
}
