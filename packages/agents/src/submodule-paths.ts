import type { Git } from './git.ts';

const paths = String.raw`^submodule\..*\.path$`;

/** Where submodules are, as the .gitmodules in a directory says. */
export async function submodulePaths(
  git: Git,
  repository: string,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const args = ['config', '--file', '.gitmodules', '--null', '--get-regexp', paths];
  const known = (await git.ask(repository, directory, args, signal)) ?? '';
  return known.split('\0').flatMap((entry) => {
    const end = entry.indexOf('\n');
    return end === -1 ? [] : entry.slice(end + 1);
  });
}
