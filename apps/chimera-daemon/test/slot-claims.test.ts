import { VirtualClock } from '@chimera/policy';
import { expect, test } from 'vitest';
import { SlotClaims } from '../src/executor-pool/slot-claims.ts';

interface Asked {
  readonly limit: number;
  /** Ends the claim: so many phases have started. */
  readonly end: (started: number) => void;
  readonly fail: (error: Error) => void;
}

/** A pool whose claims end when the test says so. */
function pool(target: number) {
  const clock = new VirtualClock();
  const asked: Asked[] = [];
  const errors: unknown[] = [];
  const state = {
    target,
    running: 0,
    mayClaim: true,
    total: 0,
    dueAt: undefined as number | undefined,
  };
  const slots = new SlotClaims({
    clock,
    slots: () => state,
    mayClaim: () => state.mayClaim,
    claim: async (limit) => {
      state.total += 1;
      const started = await new Promise<number>((resolve, reject) => {
        asked.push({ limit, end: resolve, fail: reject });
      });
      state.running += started;
      return started;
    },
    nextDueAt: () => Promise.resolve(state.dueAt),
    onError: (error) => errors.push(error),
  });
  const endAll = (started = 0) => {
    for (const { end } of asked.splice(0)) end(started);
  };
  return { asked, clock, endAll, errors, slots, state };
}

/** Everything that is ready now, and what that makes ready. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

test.each([1, 32, 33, 64, 256, 257, 1_000])(
  'an idle pool of %i slots asks once for them, and then every five seconds',
  async (target) => {
    const { asked, clock, endAll, slots, state } = pool(target);
    slots.wake();
    for (let round = 0; round < 10; round += 1) {
      await settle();
      endAll();
    }
    await settle();
    const first = state.total;
    expect(first).toBeLessThanOrEqual(2);
    await clock.advance(4_999);
    expect(asked).toHaveLength(0);
    await clock.advance(1);
    await settle();
    expect(asked.length).toBeGreaterThan(0);
  },
);

test('the last of two claims that end at the same time waits for what falls due', async () => {
  const { asked, clock, endAll, slots, state } = pool(64);
  state.dueAt = clock.now() + 100;
  slots.wake();
  await settle();
  expect(asked.map(({ limit }) => limit)).toEqual([32, 32]);
  endAll();
  await settle();
  await clock.advance(100);
  await settle();
  expect(asked).not.toHaveLength(0);
});

test('what comes while all free slots are claimed for is claimed right after', async () => {
  const { asked, endAll, slots } = pool(8);
  slots.wake();
  await settle();
  expect(asked).toHaveLength(1);
  slots.wake();
  await settle();
  expect(asked).toHaveLength(1);
  endAll();
  await settle();
  expect(asked.map(({ limit }) => limit)).toEqual([8]);
});

test('never more is claimed for than is free, and all that is free while work lasts', async () => {
  const { asked, slots, state } = pool(1_000);
  slots.wake();
  for (let round = 0; round < 20 && state.running < 1_000; round += 1) {
    await settle();
    expect(asked.length).toBeLessThanOrEqual(2);
    const underWay = asked.reduce((sum, { limit }) => sum + limit, 0);
    expect(state.running + underWay).toBeLessThanOrEqual(1_000);
    const oldest = asked.shift();
    oldest?.end(oldest.limit);
  }
  expect(state.running).toBe(1_000);
});

test('who resumes before a pause is through is woken by time as before', async () => {
  const { asked, clock, endAll, slots, state } = pool(8);
  slots.wake();
  await settle();
  state.mayClaim = false;
  const paused = slots.rest();
  state.mayClaim = true;
  slots.wake();
  await settle();
  for (let round = 0; round < 5; round += 1) {
    endAll();
    await settle();
  }
  await paused;
  await clock.advance(5_000);
  await settle();
  expect(asked).toHaveLength(1);
});

test('two claims that fail leave one timer, and none after rest', async () => {
  const { asked, clock, errors, slots, state } = pool(64);
  slots.wake();
  await settle();
  for (const { fail } of asked.splice(0)) fail(new Error('the disk is full'));
  await settle();
  expect(errors).toHaveLength(2);
  expect(clock.pendingTimers).toBe(1);
  state.mayClaim = false;
  await slots.rest();
  expect(clock.pendingTimers).toBe(0);
});
