import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Workspace } from './agent.ts';
import type { Git } from './git.ts';
import { removeLocks, worktreeLocks } from './remove-locks.ts';
import { resetSubmodules } from './submodule-changes.ts';

/** A rebase, patches that are applied, a series of picks, a bisection: while they are there, git begins none of them. */
const halfDone = ['rebase-merge', 'rebase-apply', 'sequencer', 'BISECT_LOG', 'BISECT_START'];

/**
 * Brings a workspace back to what is committed on its branch; what git ignores stays. False when git
 * cannot, as after a power failure in the midst of writing the index.
 */
export async function discardChanges(
  git: Git,
  { branch, directory, repository }: Workspace,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const ask = (...args: readonly string[]) => git.ask(repository, directory, args, signal);
  const gitDirectory = await ask('rev-parse', '--path-format=absolute', '--git-dir');
  if (gitDirectory === undefined) return false;
  await removeLocks(gitDirectory, worktreeLocks);
  for (const name of halfDone) {
    await rm(join(gitDirectory, name), { recursive: true, force: true });
  }
  const isOnBranch = (await ask('symbolic-ref', '--quiet', 'HEAD')) === `refs/heads/${branch}`;
  return (
    (isOnBranch || (await ask('checkout', '--quiet', '--force', branch)) !== undefined) &&
    // By its name: a HEAD without commits would be reset to an empty worktree.
    (await ask('reset', '--quiet', '--hard', `refs/heads/${branch}`)) !== undefined &&
    (await ask('clean', '--quiet', '-ffd')) !== undefined &&
    (await resetSubmodules(git, repository, directory, signal))
  );
}
