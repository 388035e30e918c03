import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Workspace } from './agent.ts';
import type { Git } from './git.ts';
import { branchPrefix } from './workflow-branch.ts';

type Place = Pick<Workspace, 'branch' | 'directory'>;

/** Beside git's own files: where the workflow's worktree is, by its whole path. */
function recordOf(commonDirectory: string, branch: string): string {
  return join(commonDirectory, 'chimera', 'worktrees', branch.slice(branchPrefix.length));
}

function recorded(commonDirectory: string, branch: string): Promise<string | undefined> {
  return readFile(recordOf(commonDirectory, branch), 'utf8').catch(() => undefined);
}

/** By this it is known to be ours when worktrees are kept elsewhere one day. */
export async function recordWorktree(
  commonDirectory: string,
  { branch, directory }: Place,
): Promise<void> {
  if ((await recorded(commonDirectory, branch)) === directory) return;
  const record = recordOf(commonDirectory, branch);
  await mkdir(dirname(record), { recursive: true });
  await writeFile(record, directory);
}

export async function forgetWorktree(commonDirectory: string, branch: string): Promise<void> {
  await rm(recordOf(commonDirectory, branch), { force: true });
}

/**
 * Takes the workflow's branch from where it worked while its worktrees were kept elsewhere: git
 * lends it to one worktree only. That one stays as it is, without a branch. One that we did not
 * make is not ours, as when the user looks at the work, in a folder of the same name perhaps.
 */
export async function leaveFormerWorktree(
  git: Git,
  { branch, repository }: Workspace,
  commonDirectory: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  // One path, whatever is in it: a list of all worktrees is exact from git 2.36 on.
  const args = ['for-each-ref', '--format=%(worktreepath)', `refs/heads/${branch}`];
  const holder = await git.run(repository, repository, args, signal);
  if (holder === '' || holder !== (await recorded(commonDirectory, branch))) return;
  await git.run(repository, holder, ['update-ref', '--no-deref', 'HEAD', 'HEAD'], signal);
}
