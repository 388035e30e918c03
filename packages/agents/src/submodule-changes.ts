import type { Workspace } from './agent.ts';
import { WorkspaceError } from './workspace-error.ts';

/** An entry of `git status --porcelain=v2 -z` for a submodule with changed (M) or new (U) files. */
const dirty = /^1 .. S.(?:M.|.U) \d+ \d+ \d+ \S+ \S+ (.*)$/s;
const mostNamed = 3;

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
  const more = paths.length > mostNamed ? ['…'] : [];
  const names = [...paths.slice(0, mostNamed), ...more].join(', ');
  const problem = `${directory} holds what is not committed in its submodule ${names}, and would be lost; let the agent commit and push it there, or discard it`;
  throw new WorkspaceError('WORKSPACE_ASTRAY', repository, problem);
}
