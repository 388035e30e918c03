import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { systemClock } from '@chimera/policy';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { openState } from '../src/open-state.ts';
import { markerText, recover } from '../src/recover.ts';
import { newDirectory } from './chimera-process.ts';

const log = pino({ level: 'silent' });

/** What a daemon of that database has started, in a session of its own. */
async function leftover(database: string): Promise<ChildProcess> {
  const env = { CHIMERA_RUN: markerText({ database, instance: 'another' }) };
  const child = spawn(process.execPath, ['-e', 'console.log(); setInterval(() => {}, 1_000)'], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  if (child.stdout === null) throw new Error('the output is not piped');
  await once(child.stdout, 'data');
  return child;
}

test('what a database whose path ends like this one runs is left alone', async () => {
  const database = join(newDirectory(), 'chimera.db');
  const { store } = await openState(database, 'crash', { clock: systemClock, log });
  const [ours, others] = await Promise.all([leftover(database), leftover(`/srv/my ${database}`)]);
  const ended = once(ours, 'exit');
  await recover(store, { database, instance: 'this' }, { clock: systemClock, log });
  await store.close();
  await ended;
  expect([ours.signalCode, others.signalCode, others.exitCode]).toEqual(['SIGTERM', null, null]);
});
