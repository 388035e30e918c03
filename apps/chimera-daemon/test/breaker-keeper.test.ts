import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CircuitBreaker, tryAcquire } from '@chimera/circuit-breaker';
import { VirtualClock } from '@chimera/policy';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BreakerKeeper } from '../src/agents/breaker-keeper.ts';
import { openState } from '../src/open-state.ts';

const log = pino({ level: 'silent' });
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'chimera-breakers-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** The breakers of a daemon that starts on the same file; they open on the third failure, for 60 s. */
async function started(clock: VirtualClock, names = ['coder']) {
  const { store } = await openState(join(directory, 'chimera.db'), 'crash', { clock, log });
  const breakers = names.map(
    (name) => new CircuitBreaker({ name, failureThreshold: 3, halfOpenProbes: 1 }, { clock }),
  );
  const [breaker] = breakers;
  if (breaker === undefined) throw new Error('no breaker');
  const keeper = new BreakerKeeper(breakers, { store, clock, log });
  await keeper.restore();
  const killed = () => store.close();
  const stopped = async () => {
    await keeper.stop();
    await store.close();
  };
  return { breaker, breakers, keeper, killed, stopped, store };
}

const fail = (breaker: CircuitBreaker, times: number) => {
  for (let time = 0; time < times; time += 1) tryAcquire(breaker)?.fail(new Error('down'));
};

test('an open breaker is open after a crash, for the rest of its time', async () => {
  const before = await started(new VirtualClock(1_000_000));
  fail(before.breaker, 3);
  await before.killed();
  const clock = new VirtualClock(1_020_000);
  const after = await started(clock);
  expect(after.breaker.status).toBe('open');
  expect(after.breaker.retryAfterMs).toBe(40_000);
  await clock.advance(40_000);
  expect(tryAcquire(after.breaker)).toBeDefined();
  await after.stopped();
});

test('failures in a row are counted over a stop', async () => {
  const before = await started(new VirtualClock(1_000_000));
  fail(before.breaker, 2);
  await before.stopped();
  const after = await started(new VirtualClock(2_000_000));
  expect(after.breaker.status).toBe('closed');
  fail(after.breaker, 1);
  expect(after.breaker.status).toBe('open');
  await after.stopped();
});

test('what was counted more than a second ago survives a crash', async () => {
  const clock = new VirtualClock(1_000_000);
  const before = await started(clock);
  fail(before.breaker, 2);
  await clock.advance(1_000);
  await before.killed();
  const after = await started(new VirtualClock(2_000_000));
  fail(after.breaker, 1);
  expect(after.breaker.status).toBe('open');
  await after.stopped();
});

test('a breaker that was closed again is closed', async () => {
  const clock = new VirtualClock(1_000_000);
  const before = await started(clock);
  fail(before.breaker, 3);
  await clock.advance(60_000);
  tryAcquire(before.breaker)?.succeed();
  expect(before.breaker.status).toBe('closed');
  await before.killed();
  const after = await started(new VirtualClock(1_060_000));
  expect(after.breaker.status).toBe('closed');
  await after.stopped();
});

test('a crash while a probe was under way leaves a breaker that probes at once', async () => {
  const clock = new VirtualClock(1_000_000);
  const before = await started(clock);
  fail(before.breaker, 3);
  await clock.advance(60_000);
  expect(tryAcquire(before.breaker)).toBeDefined();
  await before.killed();
  const after = await started(new VirtualClock(1_060_500));
  expect(tryAcquire(after.breaker)).toBeDefined();
  expect(after.breaker.status).toBe('half-open');
  await after.stopped();
});

test('breakers are kept apart by their names, and new ones start closed', async () => {
  const before = await started(new VirtualClock(1_000_000), ['coder', 'tester']);
  fail(before.breaker, 3);
  await before.stopped();
  const after = await started(new VirtualClock(1_000_000), ['tester', 'coder', 'planner']);
  expect(after.breakers.map(({ status }) => status)).toEqual(['closed', 'open', 'closed']);
  await after.stopped();
});

test('a state that cannot be read is passed over', async () => {
  const before = await started(new VirtualClock(1_000_000));
  await before.store.keepStates([{ kind: 'breaker', name: 'coder', state: { status: 'open' } }]);
  await before.killed();
  const after = await started(new VirtualClock(1_000_000));
  expect(after.breaker.status).toBe('closed');
  await after.stopped();
});

test('a state whose row is damaged is passed over, and kept anew', async () => {
  const before = await started(new VirtualClock(1_000_000));
  fail(before.breaker, 3);
  await before.keeper.stop();
  await before.store.db
    .updateTable('kept_states')
    .set({ body: '{' })
    .where('kind', '=', 'breaker')
    .execute();
  await before.killed();
  const after = await started(new VirtualClock(1_000_000));
  expect(after.breaker.status).toBe('closed');
  fail(after.breaker, 3);
  await after.stopped();
  const again = await started(new VirtualClock(1_000_000));
  expect(again.breaker.status).toBe('open');
  await again.stopped();
});

test('calls that go on well write once a second, and refusals and idleness write nothing', async () => {
  const clock = new VirtualClock(1_000_000);
  const daemon = await started(clock);
  const kept = () => daemon.store.keptStates('breaker');
  expect(await kept()).toEqual([]);
  tryAcquire(daemon.breaker)?.succeed();
  tryAcquire(daemon.breaker)?.succeed();
  expect(clock.nextTimerAt).toBe(clock.monotonic() + 1_000);
  expect(await kept()).toEqual([]);
  await clock.advance(1_000);
  await daemon.keeper.stop();
  expect(await kept()).toHaveLength(1);
  expect(clock.nextTimerAt).toBeUndefined();
  tryAcquire(daemon.breaker)?.ignore();
  expect(clock.nextTimerAt).toBeUndefined();
  await daemon.stopped();
});
