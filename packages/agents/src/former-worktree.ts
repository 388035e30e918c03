import { basename } from 'node:path';
import type { Workspace } from './agent.ts';
import type { Git } from './git.ts';

/**
 * Takes the workflow's branch from where it worked while its worktrees were kept elsewhere: git
 * lends it to one worktree only. That one stays as it is, without a branch. One of another name is
 * not ours, as when the user looks at the work.
 */
export async function leaveFormerWorktree(
  git: Git,
  { branch, directory, repository }: Workspace,
  signal: AbortSignal | undefined,
): Promise<void> {
  const list = await git.run(repository, repository, ['worktree', 'list', '--porcelain'], signal);
  const [, ...worktrees] = list.split('\n\n').map((text) => text.split('\n'));
  const entry = worktrees.find((lines) => lines.includes(`branch refs/heads/${branch}`));
  const former = entry?.[0]?.slice('worktree '.length);
  if (former === undefined || basename(former) !== basename(directory)) return;
  await git.run(repository, former, ['update-ref', '--no-deref', 'HEAD', 'HEAD'], signal);
}
