import { expect, test } from 'vitest';
import { pipeline, VirtualClock } from '@chimera/policy';

test('an empty pipeline runs the operation', async () => {
  expect(await pipeline().execute(({ attempt }) => attempt)).toBe(1);
});

test('an abort settles a hung operation at once', async () => {
  const controller = new AbortController();
  const result = pipeline().execute(() => new Promise(() => {}), { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(result).rejects.toThrow('enough');
});

test('timers fire in order', async () => {
  const clock = new VirtualClock();
  const fired: number[] = [];
  clock.setTimer(() => fired.push(2), 20);
  clock.setTimer(() => fired.push(1), 10);
  await clock.advance(20);
  expect(fired).toEqual([1, 2]);
});
