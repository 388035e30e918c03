import type { ChimeraClient, WorkflowSummary } from '@chimera/client';
import type { Repository } from './repositories.ts';

/** The workflows of a run, by id. */
export type Fleet = ReadonlyMap<string, Repository>;

/** Submits the change for every repository; submitting again returns the same workflows. */
export async function submitFleet(
  client: ChimeraClient,
  repositories: readonly Repository[],
): Promise<Fleet> {
  const byWorkflow = new Map<string, Repository>();
  for (const repository of repositories) {
    const { id } = await client.submit({
      definition: repository.isReviewed ? 'fleet-change-reviewed' : 'fleet-change',
      input: { repository: repository.path },
      idempotencyKey: `substr ${repository.path}`,
    });
    byWorkflow.set(id, repository);
  }
  return byWorkflow;
}

export function hasEnded({ status }: Pick<WorkflowSummary, 'status'>): boolean {
  return status === 'completed' || status === 'dead' || status === 'cancelled';
}

export async function fleetState(
  client: ChimeraClient,
  fleet: Fleet,
): Promise<readonly WorkflowSummary[]> {
  const workflows: WorkflowSummary[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await client.list({ limit: 500, ...(cursor === undefined ? {} : { cursor }) });
    workflows.push(...page.items.filter(({ id }) => fleet.has(id)));
    cursor = page.nextCursor;
  }
  return workflows;
}
