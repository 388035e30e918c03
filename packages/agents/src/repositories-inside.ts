import type { Workspace } from './agent.ts';
import type { Git } from './git.ts';
import { someOf } from './some-of.ts';
import { submodulePaths } from './submodule-paths.ts';
import { WorkspaceError } from './workspace-error.ts';

/** A line of `git diff-index --raw -z` for what has become a commit of another repository. */
const newLink = /:(?!160000)\d+ 160000 \S+ \S+ [AT]\0([^\0]+)/g;

/**
 * A repository inside of a worktree, as what scaffolds a project makes, is committed as a name of
 * its newest commit: not one of its files is on the branch, or in a clean checkout. It is looked for
 * in what is staged and in what the agent has committed itself.
 *
 * @throws WorkspaceError for one that is no submodule
 */
export async function refuseRepositoriesInside(
  git: Git,
  { baseCommit, directory, repository }: Workspace,
  signal: AbortSignal | undefined,
): Promise<void> {
  // As they are, not in quotes: submodules may have any name.
  const raw = ['diff-index', '--cached', '--raw', '-z', '--no-renames', '--diff-filter=AT'];
  const came = await git.run(repository, directory, [...raw, baseCommit], signal);
  const links = [...came.matchAll(newLink)].flatMap(([, path]) => path ?? []);
  if (links.length === 0) return;
  const submodules = new Set(await submodulePaths(git, repository, directory, signal));
  const own = links.filter((path) => !submodules.has(path));
  if (own.length === 0) return;
  const problem = `${directory} holds what is a repository of its own (${someOf(own)}), whose files would be lost; let the agent remove the .git in it, and git rm --cached it where that is committed`;
  throw new WorkspaceError('WORKSPACE_ASTRAY', repository, problem);
}
