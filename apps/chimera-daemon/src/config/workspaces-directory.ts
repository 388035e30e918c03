import { existsSync, lstatSync, mkdtempSync, readlinkSync, rmdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { systemReason } from '../system-reason.ts';
import type { ConfigIssue } from './config-error.ts';
import { type Tree, valueAt } from './layer.ts';

/**
 * Whether a directory of worktrees that the settings name can be made and written to. The default is
 * not looked at: who names no repositories needs none.
 */
export function unusableWorkspaces(settings: Tree, directory: string): readonly ConfigIssue[] {
  const named = valueAt(settings, ['workspaces', 'directory']);
  if (typeof named !== 'string' || named === '') return [];
  const path = resolve(directory, named);
  const base = nearestThereIs(path);
  const refused = (rule: string): readonly ConfigIssue[] => [
    {
      path: 'workspaces.directory',
      rule: `must be a directory that can be made and written to, and ${rule}`,
      value: path,
    },
  ];
  if (!existsSync(base))
    return refused(
      `${base} is a symbolic link that leads nowhere (to ${readlinkSync(base)}); make what it leads to, or name another`,
    );
  try {
    // Permissions alone do not tell: who is root has them all, on a read-only disk, too.
    rmdirSync(mkdtempSync(join(base, '.chimera-')));
    return [];
  } catch (error) {
    return refused(
      `in ${base} nothing can be made (${systemReason(error)}); name another, or let this user write there`,
    );
  }
}

function nearestThereIs(path: string): string {
  return existsSync(path) || isLink(path) ? path : nearestThereIs(dirname(path));
}

/** A link that leads nowhere does not exist for whoever follows it. */
function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}
