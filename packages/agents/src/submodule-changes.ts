import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Workspace } from './agent.ts';
import type { Git } from './git.ts';
import { removeLocks, worktreeLocks } from './remove-locks.ts';
import { someOf } from './some-of.ts';
import { submodulePaths } from './submodule-paths.ts';
import { WorkspaceError } from './workspace-error.ts';

/** An entry of `git status --porcelain=v2 -z` for a submodule with changed (M) or new (U) files. */
const dirty = /^1 .. S.(?:M.|.U) \d+ \d+ \d+ \S+ \S+ (.*)$/s;

/**
 * What is not committed in a submodule is on no branch: a commit of the worktree has a submodule's
 * newest commit alone.
 *
 * @throws WorkspaceError naming the submodules
 */
export function refuseSubmoduleChanges(
  entries: readonly string[],
  { directory, repository }: Workspace,
): void {
  const paths = entries.flatMap((entry) => dirty.exec(entry)?.[1] ?? []);
  if (paths.length === 0) return;
  const problem = `${directory} holds what is not committed in its submodule ${someOf(paths)}, and would be lost; let the agent commit and push it there, or discard it; what a build leaves there git has to ignore`;
  throw new WorkspaceError('WORKSPACE_ASTRAY', repository, problem);
}

/**
 * Those that are there, and those within them, are as the commit around them has them. False when
 * git cannot. By hand: `git submodule foreach` goes into none where one alone is not in .gitmodules.
 */
export async function resetSubmodules(
  git: Git,
  repository: string,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (!existsSync(join(directory, '.gitmodules'))) return true;
  for (const path of await submodulePaths(git, repository, directory, signal)) {
    const inside = join(directory, path);
    const ask = (cwd: string, ...args: readonly string[]) => git.ask(repository, cwd, args, signal);
    // Of what .gitmodules names and git does not know, nothing is touched: it may be anywhere.
    const entry = await ask(directory, 'ls-files', '--stage', '--', `:(top,literal)${path}`);
    const commit = /^160000 (\S+) /.exec(entry ?? '')?.[1];
    if (commit === undefined || !existsSync(join(inside, '.git'))) continue;
    const own = await ask(inside, 'rev-parse', '--absolute-git-dir');
    if (own === undefined) return false;
    // Of a git that was killed: with one in the way, the worktree would be made anew, without what
    // earlier phases committed in here.
    await removeLocks(own, worktreeLocks);
    const isReset =
      (await ask(inside, 'checkout', '--quiet', '--force', '--detach', commit)) !== undefined &&
      (await ask(inside, 'clean', '--quiet', '-ffd')) !== undefined &&
      (await resetSubmodules(git, repository, inside, signal));
    if (!isReset) return false;
  }
  return true;
}
