import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/** In the git directory of a worktree. */
export const worktreeLocks: readonly string[] = ['index', 'HEAD'];

/** Removes locks of a git that was killed. To be called where none can be at work. */
export async function removeLocks(gitDirectory: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    // One that cannot be removed is in git's way, which says so.
    await rm(join(gitDirectory, `${name}.lock`), { force: true }).catch(() => undefined);
  }
}
