import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { VirtualClock } from '@chimera/policy';
import { expect, test, vi } from 'vitest';
import { DiskProbe } from '../src/health/disk-probe.ts';
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
  await vi.waitFor(() => expect(existsSync(path)).toBe(false));
  closeSync(reader);
  await clock.advance(5_000);
  expect(await probe.reason()).toBeNull();
});
