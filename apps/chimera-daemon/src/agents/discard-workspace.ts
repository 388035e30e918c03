import type { GitWorkspaces } from '@chimera/agents';
import type { WorkflowRecord } from '@chimera/workflow-store';
import type { Logger } from '../log.ts';

/** Removes the worktree of a workflow that is over; its branch stays. A failure is logged: the work itself is done. */
export async function discardWorkspace(
  { id, input }: Pick<WorkflowRecord, 'id' | 'input'>,
  workspaces: Pick<GitWorkspaces, 'removeOf'>,
  log: Logger,
): Promise<void> {
  if (typeof input.repository !== 'string') return;
  try {
    await workspaces.removeOf({ repository: input.repository, workflowId: id });
  } catch (error) {
    log.warn(
      { err: error, component: 'workspaces', task_id: id },
      'its worktree could not be removed',
    );
  }
}
