import { expect, test } from 'vitest';
import { defineWorkflow } from '@chimera/workflow';
import { smallDaemon } from './small-daemon.ts';

const timed = defineWorkflow({
  name: 'timed',
  timeout: '1m',
  phases: [
    { name: 'plan', stage: 'planning', agent: 'planner', timeout: '10m', retry: { base: '30s' } },
    { name: 'code', stage: 'implementation', agent: 'coder', timeout: '10m' },
  ],
});

/** Ends when it is told to, and not before. */
function untilTold(reasons: unknown[]) {
  return (_request: unknown, { signal }: { readonly signal: AbortSignal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reasons.push(signal.reason);
        reject(new Error('told to end'));
      });
    });
}

test('a workflow past its time is ended within a second while its phase runs, and dies of that alone', async () => {
  const reasons: unknown[] = [];
  const daemon = await smallDaemon({ agents: { planner: untilTold(reasons) } });
  daemon.pool.start();
  const id = await daemon.submit(timed);
  await daemon.advance(59_900);
  expect(reasons).toEqual([]);
  await daemon.advance(1_200);
  expect(reasons).toMatchObject([{ code: 'PHASE_INTERRUPTED', kind: 'timed-out' }]);
  expect(await daemon.state(id)).toMatchObject({
    status: 'dead',
    cause: { kind: 'timed-out', timeoutMs: 60_000 },
  });
  const { items } = await daemon.deadLetters.list({ limit: 10 });
  expect(items).toMatchObject([
    { taskId: id, error: { code: 'WORKFLOW_TIMEOUT', retryable: false }, phase: 'plan' },
  ]);
  // It was ended from outside: no fault of the agent's.
  expect(daemon.breakers.get('planner')?.status).toBe('closed');
  expect(daemon.pool.running).toBe(0);
  expect(await daemon.store.overdue({ now: Infinity, limit: 10 })).toEqual([]);
});

test('a workflow past its time dies while it waits for a retry, with the error that it waited after', async () => {
  const daemon = await smallDaemon({
    agents: { planner: () => Promise.reject(new Error('no disk')) },
  });
  daemon.pool.start();
  const id = await daemon.submit(timed);
  await daemon.advance(70_000);
  expect((await daemon.state(id)).status).toBe('dead');
  const { items } = await daemon.deadLetters.list({ limit: 10 });
  expect(items[0]?.error).toMatchObject({
    code: 'WORKFLOW_TIMEOUT',
    cause: { message: 'no disk' },
  });
});

test('time before the first start does not count, and neither does any after the end', async () => {
  const daemon = await smallDaemon({ agents: { planner: () => null, coder: () => null } });
  const id = await daemon.submit(timed);
  await daemon.advance(600_000);
  daemon.pool.start();
  await daemon.advance(10);
  expect((await daemon.state(id)).status).toBe('completed');
  await daemon.advance(600_000);
  expect((await daemon.state(id)).status).toBe('completed');
});

test('a pause stops no deadline, and one that passed while the daemon was down is found', async () => {
  const first = await smallDaemon({ agents: { planner: () => null, coder: untilTold([]) } });
  first.pool.start();
  const paused = await first.submit(timed);
  const down = await first.submit(timed, {});
  await first.advance(10);
  const stopped = first.pool.stop(0);
  await first.advance(10);
  await stopped;
  await first.store.close();
  await first.clock.advance(59_000);
  const { clock, path } = first;
  const second = await smallDaemon({ agents: { planner: () => null }, clock, path });
  await second.pool.pause();
  second.pool.start();
  expect((await second.state(down)).status).toBe('queued');
  await second.advance(2_500);
  for (const id of [paused, down])
    expect(await second.state(id)).toMatchObject({ status: 'dead', cause: { kind: 'timed-out' } });
});
