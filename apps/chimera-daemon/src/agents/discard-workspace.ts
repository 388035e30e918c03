import type { GitWorkspaces } from '@chimera/agents';
import type { WorkflowRecord } from '@chimera/workflow-store';
import type { Logger } from '../log.ts';
import { workflowFields } from '../telemetry/phase-scope.ts';

/** Removes the worktree of a workflow that is over; its branch stays. A failure is logged: the work itself is done. */
export async function discardWorkspace(
  workflow: Pick<WorkflowRecord, 'id' | 'input' | 'labels'>,
  workspaces: Pick<GitWorkspaces, 'removeOf'>,
  log: Logger,
): Promise<void> {
  const { id, input } = workflow;
  if (typeof input.repository !== 'string') return;
  try {
    await workspaces.removeOf({ repository: input.repository, workflowId: id });
  } catch (error) {
    log.warn(
      { err: error, component: 'workspaces', ...workflowFields(workflow) },
      'its worktree could not be removed',
    );
  }
}
