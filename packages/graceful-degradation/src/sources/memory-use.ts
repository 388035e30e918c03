import { totalmem } from 'node:os';
import { join } from 'node:path';
import { type Cgroup, type KernelFiles, ownCgroup } from './cgroup.ts';
import { fieldOf, readLimit, readText } from './read-text.ts';
import type { SignalSource } from './signal-source.ts';

const files = {
  1: {
    used: 'memory.usage_in_bytes',
    limits: ['memory.limit_in_bytes'],
    inactive: 'total_inactive_file',
  },
  2: {
    used: 'memory.current',
    limits: ['memory.max', 'memory.high'],
    inactive: 'inactive_file',
  },
} as const;

/**
 * Memory in use as a share of what there is: of the tightest control group with a limit, and of the
 * machine. Inactive file pages do not count, because the kernel gives them back on demand. Where the
 * kernel shows neither, the process's resident set as a share of the machine.
 *
 * A "limit" of more than the machine has is none: version 1 groups without a limit say 2^63, and
 * Node's `process.constrainedMemory()` passes that on.
 */
export function memoryUse(kernel: KernelFiles = {}): SignalSource {
  const group = ownCgroup('memory', kernel);
  const meminfo = join(kernel.procRoot ?? '/proc', 'meminfo');
  return {
    name: 'memory',
    read: () => {
      const shares = [...groupShares(group), ...machineShare(readText(meminfo))];
      return shares.length === 0 ? process.memoryUsage.rss() / totalmem() : Math.max(...shares);
    },
  };
}

function groupShares(group: Cgroup | undefined): number[] {
  if (group === undefined) return [];
  const { used, limits, inactive } = files[group.version];
  return group.folders.flatMap((folder) => {
    const limit = Math.min(...limits.map((file) => readLimit(join(folder, file)) ?? Infinity));
    const bytes = readLimit(join(folder, used));
    if (bytes === undefined || !(limit > 0 && limit < totalmem())) return [];
    const freeable = fieldOf(readText(join(folder, 'memory.stat')), inactive) ?? 0;
    return [Math.max(0, bytes - freeable) / limit];
  });
}

function machineShare(meminfo: string | undefined): number[] {
  const total = fieldOf(meminfo, 'MemTotal');
  const available = fieldOf(meminfo, 'MemAvailable');
  return total === undefined || available === undefined ? [] : [(total - available) / total];
}
