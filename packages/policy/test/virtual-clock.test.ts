import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Timer, VirtualClock } from '@chimera/policy';

test('timers fire at their instant, in order of instant and then of creation', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(40), { maxLength: 25 }),
      fc.array(fc.nat(30), { maxLength: 6 }),
      fc.array(fc.nat(24), { maxLength: 10 }),
      async (delays, steps, cancelled) => {
        const clock = new VirtualClock();
        const fired: { id: number; at: number }[] = [];
        const timers = delays.map((delay, id) =>
          clock.setTimer(() => fired.push({ id, at: clock.monotonic() }), delay),
        );
        for (const id of cancelled) timers[id]?.cancel();
        for (const step of steps) await clock.advance(step);

        const end = steps.reduce((sum, step) => sum + step, 0);
        const expected = delays
          .map((at, id) => ({ id, at }))
          .filter(({ id, at }) => steps.length > 0 && at <= end && !cancelled.includes(id))
          .toSorted((left, right) => left.at - right.at || left.id - right.id);
        expect(fired).toEqual(expected);
        expect(clock.monotonic()).toBe(end);
        const live = delays.filter((_, id) => !cancelled.includes(id)).length;
        expect(clock.pendingTimers).toBe(live - fired.length);
      },
    ),
  );
});

/** Each timer sets the next of its list when it fires. */
const trace = async (chains: readonly (readonly number[])[], steps: readonly number[]) => {
  const clock = new VirtualClock();
  const fired: string[] = [];
  const arm = (chain: number, link: number) => {
    const delay = chains[chain]?.[link];
    if (delay === undefined) return;
    clock.setTimer(() => {
      fired.push(`${chain}.${link} at ${clock.monotonic()}`);
      arm(chain, link + 1);
    }, delay);
  };
  for (const chain of chains.keys()) arm(chain, 0);
  for (const step of steps) await clock.advance(step);
  return fired;
};

test('one long move fires what many short ones fire', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.nat(10), { maxLength: 5 }), { maxLength: 5 }),
      fc.array(fc.nat(10), { minLength: 1, maxLength: 6 }),
      async (chains, steps) => {
        const end = steps.reduce((sum, step) => sum + step, 0);
        expect(await trace(chains, steps)).toEqual(await trace(chains, [end]));
      },
    ),
  );
});

test('what a timer sets off settles before the next one fires', async () => {
  const clock = new VirtualClock();
  const order: string[] = [];
  clock.setTimer(() => {
    void (async () => {
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      order.push('first settled');
    })();
  }, 10);
  clock.setTimer(() => order.push('second'), 10);
  await clock.advance(10);
  expect(order).toEqual(['first settled', 'second']);
});

test('what is ready now settles before time moves', async () => {
  const clock = new VirtualClock();
  let at = -1;
  void Promise.resolve()
    .then(() => {})
    .then(() => (at = clock.monotonic()));
  await clock.advance(10);
  expect(at).toBe(0);
});

test('moves that overlap follow each other', async () => {
  const clock = new VirtualClock();
  const ends: number[] = [];
  const note = () => ends.push(clock.monotonic());
  await Promise.all([clock.advance(10).then(note), clock.advance(5).then(note)]);
  expect(ends).toEqual([10, 15]);
});

test('what waits for the clock inside a timer is served after the running move', async () => {
  const clock = new VirtualClock();
  let reached = -1;
  clock.setTimer(() => void clock.advance(7).then(() => (reached = clock.monotonic())), 5);
  await clock.advance(10);
  await clock.advance(0);
  expect(reached).toBe(17);
});

test('a timer that throws rejects the move, and the clock goes on', async () => {
  const clock = new VirtualClock();
  let fired = false;
  clock.setTimer(() => {
    throw new Error('thrown by a timer');
  }, 5);
  clock.setTimer(() => (fired = true), 5);
  await expect(clock.advance(10)).rejects.toThrow('thrown by a timer');
  expect([clock.monotonic(), fired]).toEqual([5, false]);
  await clock.advance(5);
  expect([clock.monotonic(), fired]).toEqual([10, true]);
});

test('cancel is idempotent, and harmless after the timer has fired', async () => {
  const clock = new VirtualClock();
  const timer: Timer = clock.setTimer(() => {}, 1);
  const other = clock.setTimer(() => {}, 1);
  await clock.advance(1);
  timer.cancel();
  clock.setTimer(() => {}, 3);
  other.cancel();
  other.cancel();
  expect(clock.pendingTimers).toBe(1);
});

test('an idle timer fires, but nothing waits for it', async () => {
  const clock = new VirtualClock();
  let fired = 0;
  const timer = clock.setTimer(() => (fired += 1), 10);
  timer.unref?.();
  expect([clock.pendingTimers, clock.nextTimerAt]).toEqual([0, undefined]);
  await clock.runAll();
  expect([clock.monotonic(), fired]).toEqual([0, 0]);
  timer.ref?.();
  expect([clock.pendingTimers, clock.nextTimerAt]).toEqual([1, 10]);
  timer.unref?.();
  await clock.advance(10);
  expect(fired).toBe(1);
});

test('runAll fires until nothing is set', async () => {
  const clock = new VirtualClock();
  let left = 500;
  const arm = () => clock.setTimer(() => ((left -= 1), left > 0 && arm()), 3);
  arm();
  await clock.runAll();
  expect([left, clock.monotonic(), clock.pendingTimers]).toEqual([0, 1_500, 0]);
});

test('runAll gives up on what re-arms itself for ever', async () => {
  const clock = new VirtualClock();
  const arm = () => void clock.setTimer(arm, 1);
  arm();
  await expect(clock.runAll(50)).rejects.toThrow('more than 50 timers fired');
});

test('runAll leaves a timer that is never due', async () => {
  const clock = new VirtualClock();
  clock.setTimer(() => {}, Infinity);
  await clock.runAll();
  expect([clock.monotonic(), clock.pendingTimers]).toEqual([0, 1]);
});

test('the wall clock moves with the monotonic one, and jumps alone', async () => {
  const clock = new VirtualClock(1_000);
  await clock.advance(0.1);
  await clock.advance(0.2);
  clock.jumpWall(-600);
  expect(clock.now() - clock.monotonic()).toBe(400);
  expect(clock.monotonic()).toBe(0.1 + 0.2);
});

test('refuses what is no time', () => {
  const clock = new VirtualClock();
  expect(() => clock.advance(-1)).toThrow('VirtualClock: ms must be a finite number >= 0, got -1');
  expect(() => clock.advance(Infinity)).toThrow(RangeError);
  expect(() => clock.setTimer(() => {}, Number.NaN)).toThrow(RangeError);
});

test('thousands of moves and timers are quick', async () => {
  const clock = new VirtualClock();
  let fired = 0;
  for (let timer = 0; timer < 20_000; timer += 1) clock.setTimer(() => (fired += 1), timer);
  for (let move = 0; move < 5_000; move += 1) await clock.advance(1);
  await clock.runAll();
  expect(fired).toBe(20_000);
}, 5_000);
