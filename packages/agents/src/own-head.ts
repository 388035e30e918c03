import type { Workspace } from './agent.ts';
import type { Git } from './git.ts';
import { WorkspaceError } from './workspace-error.ts';

/**
 * Whether a workspace is on its branch. An agent may have gone to another one, or to none.
 *
 * @throws WorkspaceError when it is no worktree of its repository any more: git would take the
 * repository that it lies in, and what its owner has in hand there; and when it has no commit to
 * go on from
 */
export async function isOnBranch(
  git: Git,
  { branch, directory, repository }: Workspace,
  commonDirectory: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const ask = (...args: readonly string[]) => git.ask(repository, directory, args, signal);
  const words = ['--path-format=absolute', '--show-toplevel', '--git-common-dir'];
  // Whole: a path may have line ends.
  if ((await ask('rev-parse', ...words)) !== `${directory}\n${commonDirectory}`) {
    const problem = `${directory} is no worktree of it any more: its .git was removed or replaced, and nothing was committed`;
    throw new WorkspaceError('WORKSPACE_ASTRAY', repository, problem);
  }
  const head = await ask('symbolic-ref', '--quiet', 'HEAD');
  if ((await ask('rev-parse', '--verify', '--quiet', 'HEAD^{commit}')) === undefined) {
    const problem = `${directory} is on ${head ?? 'a HEAD'}, which has no commits, and nothing was committed`;
    throw new WorkspaceError('WORKSPACE_ASTRAY', repository, problem);
  }
  return head === `refs/heads/${branch}`;
}

/**
 * Moves the branch to where the workspace is, when that goes on from the branch. Returns the
 * commit, or undefined when the branch was there. @throws WorkspaceError when it does not go on.
 */
export async function moveBranchToHead(
  git: Git,
  { baseCommit, branch, directory, repository }: Workspace,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
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
  return head === before ? undefined : head;
}
