import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SerialQueue } from '../src/serial-queue.ts';

test('tasks of one key never overlap and keep their order; a failed one stops nobody', async () => {
  const tasks = fc.array(fc.record({ key: fc.constantFrom('a', 'b'), fails: fc.boolean() }));
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), tasks, async (scheduler, planned) => {
      const queue = new SerialQueue();
      const running = new Map<string, number>();
      const started: number[] = [];
      const results = planned.map(({ key, fails }, index) =>
        queue.run(key, async () => {
          started.push(index);
          running.set(key, (running.get(key) ?? 0) + 1);
          expect(running.get(key)).toBe(1);
          await scheduler.schedule(Promise.resolve());
          running.set(key, 0);
          if (fails) throw new Error(`task ${index}`);
          return index;
        }),
      );
      const settled = Promise.allSettled(results);
      await scheduler.waitFor(settled);
      for (const key of ['a', 'b']) {
        const order = started.filter((index) => planned[index]?.key === key);
        expect(order).toEqual(order.toSorted((one, other) => one - other));
      }
      expect((await settled).map(({ status }) => status === 'rejected')).toEqual(
        planned.map(({ fails }) => fails),
      );
      expect(started).toHaveLength(planned.length);
    }),
    { numRuns: 50 },
  );
});

test('tasks of different keys run side by side', async () => {
  const queue = new SerialQueue();
  let release: (() => void) | undefined;
  const first = queue.run('a', () => new Promise<void>((resolve) => (release = resolve)));
  expect(await queue.run('b', async () => 'done')).toBe('done');
  release?.();
  await first;
});
