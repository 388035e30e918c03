import { join } from 'node:path';
import { type Clock, systemClock } from '@chimera/policy';
import type { KernelFiles } from './cgroup.ts';
import { cpuQuota } from './cpu-quota.ts';
import { fieldOf, readLimit, readText } from './read-text.ts';
import type { SignalSource } from './signal-source.ts';

export interface CpuUseOptions extends KernelFiles {
  readonly clock?: Clock;
}

/** CPU time of this process alone since the last reading, as a share of its quota. Unknown at the first reading. */
export function processCpu({ clock = systemClock, ...kernel }: CpuUseOptions = {}): SignalSource {
  const { cores } = cpuQuota(kernel);
  return { name: 'cpu', read: shareOf(ownCpuMs, cores, clock) };
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/**
 * CPU time of everything that shares this process's quota (its children too) since the last reading,
 * as a share of it: of the control group that sets the quota, or else of the machine.
 */
export function sharedCpu({ clock = systemClock, ...kernel }: CpuUseOptions = {}): SignalSource {
  const { cores, folder, version } = cpuQuota(kernel);
  const stat = join(kernel.procRoot ?? '/proc', 'stat');
  if (folder === undefined) return { name: 'cpu', read: machineShare(() => readText(stat)) };
  const used = () =>
    version === 2
      ? milli(fieldOf(readText(join(folder, 'cpu.stat')), 'usage_usec'), 1_000)
      : milli(readLimit(join(folder, 'cpuacct.usage')), 1_000_000);
  return { name: 'cpu', read: shareOf(used, cores, clock) };
}

function milli(value: number | undefined, perMs: number): number | undefined {
  return value === undefined ? undefined : value / perMs;
}

/** How much of `cores` a counter of CPU ms took since it was last read. */
function shareOf(
  usedMs: () => number | undefined,
  cores: number,
  clock: Clock,
): () => number | undefined {
  let last: { readonly at: number; readonly used: number } | undefined;
  return () => {
    const used = usedMs();
    if (used === undefined) return undefined;
    const at = clock.monotonic();
    const before = last;
    last = { at, used };
    if (before === undefined || at <= before.at) return undefined;
    return Math.max(0, used - before.used) / (at - before.at) / cores;
  };
}

/** Ticks that the machine's cores were not idle, of all ticks, since the last reading. */
function machineShare(stat: () => string | undefined): () => number | undefined {
  let last: { readonly busy: number; readonly all: number } | undefined;
  return () => {
    const ticks = (/^cpu\s+(.*)$/m.exec(stat() ?? '')?.[1] ?? '').split(' ').map(Number);
    // user nice system idle iowait irq softirq steal; guest time is counted in user already.
    const all = ticks.slice(0, 8).reduce((sum, value) => sum + value, 0);
    const busy = all - (ticks[3] ?? NaN) - (ticks[4] ?? NaN);
    if (!Number.isFinite(busy)) return undefined;
    const before = last;
    last = { busy, all };
    if (before === undefined || all <= before.all) return undefined;
    return Math.max(0, busy - before.busy) / (all - before.all);
  };
}
