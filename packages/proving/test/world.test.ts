import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runTwice, type World, world } from '../src/index.ts';

/** Timers and answers that fall on the same instants. */
async function race(of: World): Promise<string[]> {
  const order: string[] = [];
  for (const name of ['first', 'second']) of.clock.setTimer(() => order.push(`${name} timer`), 10);
  void of.io(10, () => order.push('answer'));
  await of.advance(10);
  return order;
}

const listener = () => {};

describe('a world', () => {
  test('is the same for the same seed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        expect(await race(world({ seed }))).toEqual(await race(world({ seed })));
      }),
      { numRuns: 20 },
    );
  });

  test('shows an answer before the timers of its instant, and after, and between', async () => {
    const seeds = Array.from({ length: 40 }, (_, seed) => seed);
    const orders = await Promise.all(seeds.map((seed) => race(world({ seed }))));
    const places = new Set(orders.map((order) => order.indexOf('answer')));
    expect(places).toEqual(new Set([0, 2]));
    for (const order of orders) {
      expect(order.filter((each) => each !== 'answer')).toEqual(['first timer', 'second timer']);
    }
  });

  test.each([Number.NaN, -1, Infinity])('does not let %d ms pass', async (ms) => {
    const here = world();
    await expect(here.advance(ms)).rejects.toThrow(
      `world: ms must be a finite number >= 0, got ${ms}`,
    );
    expect(here.now).toBe(0);
  });

  test('fires what falls due in order of time, and lets each settle before the next', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(100), { minLength: 1 }), async (delays) => {
        const here = world();
        const fired: number[] = [];
        for (const ms of delays) {
          here.clock.setTimer(() => {
            void Promise.resolve()
              .then(() => {})
              .then(() => fired.push(here.now));
          }, ms);
        }
        await here.advance(100);
        expect(fired).toEqual(delays.toSorted((one, other) => one - other));
      }),
      { numRuns: 50 },
    );
  });

  test('does not fire what was called off, and moves by exactly what it is told', async () => {
    const here = world({ start: 1_000 });
    const fired: string[] = [];
    const timer = here.clock.setTimer(() => fired.push('called off'), 5);
    here.clock.setTimer(() => fired.push('due'), 6);
    timer.cancel();
    await here.advance(5);
    expect([here.now, here.clock.monotonic(), here.clock.now()]).toEqual([5, 5, 1_005]);
    expect(fired).toEqual([]);
    here.jumpWall(-500);
    await here.advance(1);
    expect([here.now, here.clock.now()]).toEqual([6, 506]);
    expect(fired).toEqual(['due']);
  });

  test('reports what is left: timers, listeners, promises', async () => {
    const here = world();
    const { signal } = here.controller();
    signal.addEventListener('abort', listener);
    const idle = here.clock.setTimer(() => {}, 10);
    idle.unref?.();
    here.clock.setTimer(() => {}, 20);
    void here.track(new Promise(() => {}));
    void here.io(30, () => {});
    expect(here.leaks()).toEqual({ timers: 1, listeners: 1, promises: 2 });
    signal.removeEventListener('abort', listener);
    await here.rest();
    expect(here.now).toBe(30);
    expect(here.leaks()).toEqual({ timers: 0, listeners: 0, promises: 1 });
  });

  test('says so when something re-arms itself for ever', async () => {
    const here = world();
    const again = () => here.clock.setTimer(again, 1);
    again();
    await expect(here.rest(Infinity, 50)).rejects.toThrow('more than 50 events');
  });
});

describe('running twice', () => {
  test('gives the result of a program that takes all from its world', async () => {
    const twice = await runTwice(async (here) => [here.random(), ...(await race(here))], {
      seed: 7,
    });
    expect(twice.isDeterministic).toBe(true);
  });

  test('names the first event that differs when a program takes chance from elsewhere', async () => {
    let calls = 0;
    const twice = await runTwice(async (here) => {
      calls += 1;
      here.clock.setTimer(() => {}, calls);
      await here.rest();
    });
    expect(twice).toEqual({
      isDeterministic: false,
      event: 1,
      first: 'timer 0 at 1',
      second: 'timer 0 at 2',
    });
  });
});
