import type { ChimeraClient, DeadLetterView, WorkflowDetail } from '@chimera/client';
import { newTable } from './new-table.ts';
import type { Repository } from './repositories.ts';

export interface Result {
  readonly repository: Repository;
  readonly workflow: WorkflowDetail;
  readonly deadLetter: DeadLetterView | undefined;
}

/** The line to type for a command of the daemon's CLI. */
export type Cli = (command: string) => string;

export async function results(
  client: ChimeraClient,
  fleet: ReadonlyMap<string, Repository>,
): Promise<readonly Result[]> {
  const { items: letters } = await client.deadLetters({ limit: 500 });
  const found = [...fleet].map(async ([id, repository]) => ({
    repository,
    workflow: await client.get(id),
    deadLetter: letters.find((letter) => letter.workflowId === id && letter.status === 'open'),
  }));
  return Promise.all(found);
}

/** What became of each repository, and for what did not complete, why. */
export function reportLines(all: readonly Result[]): readonly string[] {
  const table = newTable(process.stdout, {
    head: ['repository', 'result', 'seconds', 'attempts', 'branch'],
  });
  for (const { repository, workflow } of all) {
    const { createdAt, finishedAt, id, phaseRuns } = workflow;
    const seconds = finishedAt === null ? '-' : ((finishedAt - createdAt) / 1000).toFixed(1);
    table.push([repository.name, resultOf(workflow), seconds, phaseRuns.length, `chimera/${id}`]);
  }
  return [
    table.toString(),
    ...troublesOf(all).map(({ deadLetter, repository, workflow }) => {
      const why = deadLetter?.error.message ?? workflow.why ?? workflow.status;
      return `${repository.name} did not complete: ${why}`;
    }),
  ];
}

/** Its status; a branch without a commit of its own need not be looked at. */
function resultOf({ artifacts, status }: WorkflowDetail): string {
  if (status !== 'completed') return status;
  const done = artifacts.findLast(({ phase }) => phase === 'implement')?.output as
    { readonly base?: string; readonly commit?: string } | undefined;
  return done !== undefined && done.base === done.commit ? 'nothing to change' : status;
}

/** What to type to understand what did not complete, while a daemon runs. */
export function nextLines(all: readonly Result[], cli: Cli): readonly string[] {
  return troublesOf(all).map(({ deadLetter, repository, workflow }) => {
    const command = deadLetter === undefined ? `show ${workflow.id}` : `dlq show ${deadLetter.id}`;
    return `  ${cli(command)}  # ${repository.name}`;
  });
}

function troublesOf(all: readonly Result[]): readonly Result[] {
  return all.filter(({ workflow }) => workflow.status !== 'completed');
}
