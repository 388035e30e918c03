import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readText } from './read-text.ts';

/** Where the kernel's files are; other places only in tests. */
export interface KernelFiles {
  /** Default `/sys/fs/cgroup`. */
  readonly cgroupRoot?: string;
  /** Default `/proc`. */
  readonly procRoot?: string;
}

export interface Cgroup {
  readonly version: 1 | 2;
  /** The process's own group first, then its ancestors up to the root: a limit may stand at any of them. */
  readonly folders: readonly string[];
}

/** The control groups of this process for one resource; undefined where there are none. */
export function ownCgroup(
  resource: 'memory' | 'cpu',
  { cgroupRoot = '/sys/fs/cgroup', procRoot = '/proc' }: KernelFiles = {},
): Cgroup | undefined {
  const lines = (readText(join(procRoot, 'self/cgroup')) ?? '').split('\n');
  if (existsSync(join(cgroupRoot, 'cgroup.controllers'))) {
    const own = lines.find((line) => line.startsWith('0::'))?.slice(3) ?? '/';
    return { version: 2, folders: upwards(cgroupRoot, own) };
  }
  const root = join(cgroupRoot, resource);
  if (!existsSync(root)) return undefined;
  const entry = lines.find((line) => line.split(':')[1]?.split(',').includes(resource));
  return { version: 1, folders: upwards(root, entry?.split(':').slice(2).join(':') ?? '/') };
}

/** A path outside of this container's view (`/../..`, or one that is not mounted here) leaves only the root. */
function upwards(root: string, path: string): readonly string[] {
  const names = path.split('/').filter((name) => name !== '');
  if (names.includes('..') || !existsSync(join(root, ...names))) return [root];
  return Array.from({ length: names.length + 1 }, (_, up) =>
    join(root, ...names.slice(0, names.length - up)),
  );
}
