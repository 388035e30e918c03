import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
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
  try {
    // Permissions alone do not tell: who is root has them all, on a read-only disk, too.
    rmdirSync(mkdtempSync(join(base, '.chimera-')));
    return [];
  } catch (error) {
    const rule = `must be a directory that can be made and written to, and in ${base} nothing can be made (${systemReason(error)}); name another, or let this user write there`;
    return [{ path: 'workspaces.directory', rule, value: path }];
  }
}

function nearestThereIs(path: string): string {
  return existsSync(path) ? path : nearestThereIs(dirname(path));
}
