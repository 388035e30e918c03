import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Cgroup, type KernelFiles, ownCgroup } from './cgroup.ts';
import { readLimit, readText } from './read-text.ts';

export interface CpuQuota {
  /** Cores' worth of CPU time this process may use; may be a fraction. */
  readonly cores: number;
  /** The control group that sets it; undefined when it is the machine's number of cores. */
  readonly folder: string | undefined;
  readonly version: 1 | 2;
}

/** The tightest quota of the process's control groups, or the cores of the machine. */
export function cpuQuota(kernel: KernelFiles = {}): CpuQuota {
  const group = ownCgroup('cpu', kernel);
  let quota: CpuQuota = { cores: availableParallelism(), folder: undefined, version: 2 };
  if (group === undefined) return quota;
  for (const folder of group.folders) {
    const cores = coresOf(folder, group);
    if (cores !== undefined && cores > 0 && cores <= quota.cores) {
      quota = { cores, folder, version: group.version };
    }
  }
  return quota;
}

function coresOf(folder: string, { version }: Cgroup): number | undefined {
  if (version === 2) {
    // `200000 100000` is two cores; `max 100000` is no quota.
    const [quota, period] = (readText(join(folder, 'cpu.max')) ?? '').trim().split(' ').map(Number);
    return quota !== undefined && period !== undefined && quota > 0 ? quota / period : undefined;
  }
  const quota = readLimit(join(folder, 'cpu.cfs_quota_us'));
  const period = readLimit(join(folder, 'cpu.cfs_period_us'));
  return quota === undefined || period === undefined ? undefined : quota / period;
}
