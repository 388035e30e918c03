import type { Workspace } from './agent.ts';
import type { Git } from './git.ts';
import { WorkspaceError } from './workspace-error.ts';

/**
 * Whether a workspace is on its branch. An agent may have gone to another one, or left none.
 *
 * @throws WorkspaceError when it is no worktree of its repository any more: git would take the
 * repository that it lies in, and what its owner has in hand there
 */
export async function isOnBranch(
  git: Git,
  { branch, directory, repository }: Workspace,
  commonDirectory: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const words = ['--show-toplevel', '--git-common-dir', '--symbolic-full-name', 'HEAD'];
  const args = ['rev-parse', '--path-format=absolute', ...words];
  const [top, common, head] =
    (await git.ask(repository, directory, args, signal))?.split('\n') ?? [];
  if (top === directory && common === commonDirectory) return head === `refs/heads/${branch}`;
  const problem = `${directory} is no worktree of it any more: its .git was removed or replaced, and nothing was committed`;
  throw new WorkspaceError('WORKSPACE_ASTRAY', repository, problem);
}

/** Moves the branch to where the workspace is, when that goes on from the branch. @throws WorkspaceError when it does not. */
export async function moveBranchToHead(
  git: Git,
  { baseCommit, branch, directory, repository }: Workspace,
  signal: AbortSignal | undefined,
): Promise<string> {
  const ask = (...args: readonly string[]) => git.ask(repository, directory, args, signal);
  const run = (...args: readonly string[]) => git.run(repository, directory, args, signal);
  const head = await run('rev-parse', 'HEAD');
  const ref = `refs/heads/${branch}`;
  const before = (await ask('rev-parse', '--verify', '--quiet', `${ref}^{commit}`)) ?? baseCommit;
  if ((await ask('merge-base', '--is-ancestor', before, head)) === undefined) {
    const problem = `${directory} has left ${branch} for what does not go on from it; its work is the commit ${head}`;
    throw new WorkspaceError('WORKSPACE_ASTRAY', repository, problem);
  }
  await run('update-ref', ref, head);
  return head;
}
