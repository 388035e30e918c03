import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import {
  eventLoopDelay,
  eventLoopUtilization,
  machineSignals,
  memoryUse,
  pressureStall,
  processCpu,
  readSignals,
  sharedCpu,
  type SignalSource,
} from '@chimera/graceful-degradation';
import { VirtualClock } from '@chimera/policy';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const mib = 1_048_576;

function source(name: 'cpu' | 'memory', value: number | undefined): SignalSource {
  return { name, read: () => value };
}

/** Real time: the event loop under test is this one. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 45);
  });
}

let folder = '';
let kernel = { cgroupRoot: '', procRoot: '' };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chimera-kernel-'));
  kernel = { cgroupRoot: join(folder, 'cgroup'), procRoot: join(folder, 'proc') };
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

describe('memory', () => {
  test('version 2: inactive file pages do not count, and the tightest of the limits does', () => {
    write({
      'cgroup/cgroup.controllers': 'cpu memory',
      'proc/self/cgroup': '0::/app\n',
      'cgroup/app/memory.current': `${80 * mib}\n`,
      'cgroup/app/memory.max': `${200 * mib}\n`,
      'cgroup/app/memory.high': `${100 * mib}\n`,
      'cgroup/app/memory.stat': `anon 1\ninactive_file ${30 * mib}\n`,
    });
    expect(memoryUse(kernel).read()).toBeCloseTo(0.5);
  });

  test('version 2: a limit of an ancestor counts too', () => {
    write({
      'cgroup/cgroup.controllers': 'memory',
      'proc/self/cgroup': '0::/slice/app\n',
      'cgroup/slice/memory.current': `${90 * mib}`,
      'cgroup/slice/memory.max': `${100 * mib}`,
      'cgroup/slice/app/memory.current': `${10 * mib}`,
      'cgroup/slice/app/memory.max': 'max',
    });
    expect(memoryUse(kernel).read()).toBeCloseTo(0.9);
  });

  test('version 1: a limit of 2^63 is none, and then the machine counts', () => {
    write({
      'proc/self/cgroup': '9:memory:/app\n8:cpu,cpuacct:/app\n',
      'cgroup/memory/app/memory.usage_in_bytes': `${60 * mib}`,
      'cgroup/memory/app/memory.limit_in_bytes': '9223372036854771712',
      'proc/meminfo': 'MemTotal:       1000 kB\nMemAvailable:    250 kB\n',
    });
    expect(memoryUse(kernel).read()).toBe(0.75);
  });

  test('version 1: a real limit counts', () => {
    write({
      'proc/self/cgroup': '9:memory:/app\n',
      'cgroup/memory/app/memory.usage_in_bytes': `${60 * mib}`,
      'cgroup/memory/app/memory.limit_in_bytes': `${80 * mib}`,
      'cgroup/memory/app/memory.stat': `total_inactive_file ${20 * mib}`,
    });
    expect(memoryUse(kernel).read()).toBe(0.5);
  });

  test('a group outside of this view leaves the root', () => {
    write({
      'cgroup/cgroup.controllers': 'memory',
      'proc/self/cgroup': '0::/../../host\n',
      'cgroup/memory.current': `${50 * mib}`,
      'cgroup/memory.max': `${100 * mib}`,
    });
    expect(memoryUse(kernel).read()).toBe(0.5);
  });

  test('without the kernel’s files: the resident set, as a share of the machine', () => {
    const share = memoryUse(kernel).read() ?? NaN;
    const rss = process.memoryUsage.rss() / totalmem();
    expect(share / rss).toBeCloseTo(1, 0);
  });
});

describe('cpu', () => {
  test('the first reading is unknown; then the group’s use as a share of its quota', async () => {
    write({
      'cgroup/cgroup.controllers': 'cpu',
      'proc/self/cgroup': '0::/app\n',
      'cgroup/app/cpu.max': '50000 100000\n',
      'cgroup/app/cpu.stat': 'usage_usec 1000000\n',
    });
    const clock = new VirtualClock();
    const source = sharedCpu({ ...kernel, clock });
    expect(source.read()).toBeUndefined();
    await clock.advance(1_000);
    write({ 'cgroup/app/cpu.stat': 'usage_usec 1400000\nnr_throttled 3\n' });
    expect(source.read()).toBeCloseTo(0.8);
    expect(source.read()).toBeUndefined();
  });

  test('version 1 quotas', async () => {
    write({
      'proc/self/cgroup': '8:cpu,cpuacct:/\n',
      'cgroup/cpu/cpu.cfs_quota_us': '50000',
      'cgroup/cpu/cpu.cfs_period_us': '100000',
      'cgroup/cpu/cpuacct.usage': '0',
    });
    const clock = new VirtualClock();
    const source = sharedCpu({ ...kernel, clock });
    source.read();
    await clock.advance(1_000);
    write({ 'cgroup/cpu/cpuacct.usage': '250000000' });
    expect(source.read()).toBeCloseTo(0.5);
  });

  test('without a quota: the machine’s ticks that were not idle', () => {
    write({ 'proc/stat': 'cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 2 3\n' });
    const source = sharedCpu(kernel);
    expect(source.read()).toBeUndefined();
    write({ 'proc/stat': 'cpu  150 0 125 725 100 0 0 0 0 0\n' });
    expect(source.read()).toBeCloseTo(0.75);
  });

  test('the process’s own use is a share of its cores', async () => {
    const clock = new VirtualClock();
    const source = processCpu({ ...kernel, clock });
    expect(source.read()).toBeUndefined();
    const before = process.cpuUsage();
    for (let sum = 0; sum < 3e7; sum += 1);
    await clock.advance(1_000);
    const share = source.read() ?? NaN;
    const { user, system } = process.cpuUsage(before);
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThanOrEqual((2 * (user + system)) / 1_000_000 / availableParallelism());
  });
});

describe('pressure', () => {
  test('the group’s own, else the machine’s, else unknown', () => {
    expect(pressureStall('memory', kernel).read()).toBeUndefined();
    write({
      'proc/pressure/memory': 'some avg10=12.50 avg60=1.00 avg300=0.00 total=1\nfull avg10=3\n',
    });
    expect(pressureStall('memory', kernel).read()).toBe(0.125);
    write({
      'cgroup/cgroup.controllers': 'memory',
      'proc/self/cgroup': '0::/\n',
      'cgroup/memory.pressure': 'some avg10=50.00 avg60=0 avg300=0 total=1\n',
    });
    expect(pressureStall('memory', kernel).read()).toBe(0.5);
  });
});

test('of two sources with one name the larger value counts, and unknown ones are left out', () => {
  const sources = [source('cpu', 0.2), source('cpu', 0.7), source('memory', undefined)];
  expect(readSignals(sources)).toEqual({ cpu: 0.7 });
});

test.each([NaN, Infinity, -1])('a source that tells %d tells nothing', (unknown) => {
  const sources = [source('cpu', 0.9), source('cpu', unknown), source('memory', unknown)];
  expect(readSignals(sources)).toEqual({ cpu: 0.9 });
});

test('this machine tells its memory', () => {
  const { memory } = machineSignals()();
  expect(memory).toBeGreaterThan(0);
  expect(memory).toBeLessThan(1.5);
});

test('a blocked event loop shows in its delay', async () => {
  using source = eventLoopDelay();
  await turn();
  source.read();
  const until = performance.now() + 120;
  while (performance.now() < until);
  await turn();
  expect(source.read()).toBeGreaterThan(60);
});

test('a busy event loop shows in its utilization', async () => {
  const source = eventLoopUtilization();
  const until = performance.now() + 60;
  while (performance.now() < until);
  await turn();
  const share = source.read();
  expect(share).toBeGreaterThan(0.3);
  expect(share).toBeLessThanOrEqual(1);
});
