import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '@chimera/policy';

// The one place where the machine's own timers are meant: the runner stands in for them.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
afterEach(() => void vi.useRealTimers());

const dayMs = 86_400_000;

test('a delay beyond what setTimeout can hold is kept exactly', () => {
  let fired = 0;
  systemClock.setTimer(() => (fired += 1), 60 * dayMs + 1);
  vi.advanceTimersByTime(60 * dayMs);
  expect(fired).toBe(0);
  vi.advanceTimersByTime(1);
  expect(fired).toBe(1);
  vi.advanceTimersByTime(60 * dayMs);
  expect(fired).toBe(1);
});

test('a long timer can be cancelled in its later parts', () => {
  let fired = 0;
  const timer = systemClock.setTimer(() => (fired += 1), 60 * dayMs);
  vi.advanceTimersByTime(50 * dayMs);
  timer.cancel();
  vi.advanceTimersByTime(50 * dayMs);
  expect([fired, vi.getTimerCount()]).toEqual([0, 0]);
});

test('a timer never fires early, and a negative delay is none', () => {
  const fired: string[] = [];
  systemClock.setTimer(() => fired.push('fraction'), 1.2);
  systemClock.setTimer(() => fired.push('past'), -5);
  vi.advanceTimersByTime(1);
  expect(fired).toEqual(['past']);
  vi.advanceTimersByTime(1);
  expect(fired).toEqual(['past', 'fraction']);
});

test('setTimeout hears of no negative delay: Node would warn of it', () => {
  const set = vi.spyOn(globalThis, 'setTimeout');
  systemClock.setTimer(() => {}, -5);
  expect(set.mock.calls.map(([, delayMs]) => delayMs)).toEqual([0]);
});

test('an idle timer stays idle through its later parts, until it is held again', () => {
  const set = vi.spyOn(globalThis, 'setTimeout');
  const isHeld = () => set.mock.results.at(-1)?.value.hasRef();
  const timer = systemClock.setTimer(() => {}, 60 * dayMs);
  expect(isHeld()).toBe(true);
  timer.unref?.();
  expect(isHeld()).toBe(false);
  vi.advanceTimersByTime(30 * dayMs);
  expect([set.mock.calls.length, isHeld()]).toEqual([2, false]);
  timer.ref?.();
  vi.advanceTimersByTime(25 * dayMs);
  expect([set.mock.calls.length, isHeld()]).toEqual([3, true]);
  set.mockRestore();
});

test('the wall clock is Date.now, the monotonic one never goes back', () => {
  vi.setSystemTime(123_456);
  expect(systemClock.now()).toBe(123_456);
  const before = systemClock.monotonic();
  vi.setSystemTime(0);
  expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before);
});
