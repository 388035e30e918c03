import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { VirtualClock } from '@chimera/policy';
import { pino } from 'pino';
import { expect, test, vi } from 'vitest';
import { loadConfig } from '../src/config/load-config.ts';
import { AwakeClock } from '../src/control/awake-clock.ts';
import { DaemonHealth } from '../src/health/daemon-health.ts';
import { DiskProbe } from '../src/health/disk-probe.ts';
import { DaemonTelemetry } from '../src/telemetry/daemon-telemetry.ts';
import { newDirectory } from './chimera-process.ts';

test('a disk that does not answer is told of as one, and not asked again until it does', async () => {
  const directory = newDirectory({});
  const path = join(directory, `.chimera-probe-${process.pid}`);
  // To be opened, it waits for a reader.
  execFileSync('mkfifo', [path]);
  const clock = new VirtualClock();
  const probe = new DiskProbe(join(directory, 'chimera.db'), clock);
  const first = probe.reason();
  await clock.advance(5_000);
  expect(await first).toBe('it has not answered for 5 s');
  await clock.advance(60_000);
  expect(await probe.reason()).toBe('it has not answered for 65 s');

  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  // Once it has written, and knows that it has.
  await vi.waitFor(async () => expect(await probe.reason()).toBeNull(), { timeout: 20_000 });
  closeSync(reader);
  expect(existsSync(path)).toBe(false);
  await clock.advance(5_000);
  expect(await probe.reason()).toBeNull();
});

test('a disk that takes no writes is a metric', async () => {
  const clock = new VirtualClock();
  const telemetry = new DaemonTelemetry({ clock });
  telemetry.stop();
  const health = new DaemonHealth({
    agents: { statuses: () => [] },
    awake: new AwakeClock(clock, 15_000),
    clock,
    config: loadConfig({ environment: {}, set: [] }).config,
    database: join(newDirectory({}), 'no-such-folder', 'chimera.db'),
    degradation: undefined,
    isDraining: () => false,
    isPaused: () => false,
    log: pino({ level: 'silent' }),
    store: { list: () => Promise.resolve({ items: [] }) },
    telemetry,
    uptimeMs: () => 0,
    writes: { reason: () => Promise.resolve(null) },
  });
  await health.health();
  const chunks: string[] = [];
  for await (const chunk of telemetry.scrape('prometheus')) chunks.push(chunk);
  expect(chunks.join('')).toMatch(/^chimera_database_writable 0$/m);
});
