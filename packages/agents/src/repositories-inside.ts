import type { Workspace } from './agent.ts';
import type { Git } from './git.ts';
import { WorkspaceError } from './workspace-error.ts';

/** A new entry of `git status --porcelain=v2` that is a commit of another repository: its mode in HEAD, in the index. */
const newLink = /^1 A\S* S\S* 000000 160000 \S+ \S+ \S+ (.+)$/gm;
const mostNamed = 3;

/**
 * A repository inside of a worktree, as what scaffolds a project makes, is committed as a name of
 * its newest commit: not one of its files is on the branch, or in a clean checkout.
 *
 * @param staged what `git status --porcelain=v2` prints
 * @throws WorkspaceError for one that is no submodule
 */
export async function refuseRepositoriesInside(
  git: Git,
  { directory, repository }: Workspace,
  staged: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const links = [...staged.matchAll(newLink)].flatMap(([, path]) => path ?? []);
  if (links.length === 0) return;
  const args = [
    'config',
    '--file',
    '.gitmodules',
    '--get-regexp',
    String.raw`^submodule\..*\.path$`,
  ];
  const known = (await git.ask(repository, directory, args, signal)) ?? '';
  const submodules = new Set(known.split('\n').map((line) => line.slice(line.indexOf(' ') + 1)));
  const own = links.filter((path) => !submodules.has(path));
  if (own.length === 0) return;
  const names = [...own.slice(0, mostNamed), ...(own.length > mostNamed ? ['…'] : [])].join(', ');
  const problem = `${directory} holds what is a repository of its own (${names}), whose files would be lost, and nothing was committed; let the agent remove the .git in it`;
  throw new WorkspaceError('WORKSPACE_ASTRAY', repository, problem);
}
