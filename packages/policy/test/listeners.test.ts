import { afterEach, expect, test, vi } from 'vitest';
import { Listeners } from '@chimera/policy';

afterEach(() => vi.restoreAllMocks());

test('an event goes to every listener, in order of subscription', () => {
  const listeners = new Listeners<string>();
  const heard: string[] = [];
  expect(listeners.isHeard).toBe(false);
  listeners.subscribe((event) => heard.push(`a ${event}`));
  const stop = listeners.subscribe((event) => heard.push(`b ${event}`));
  expect(listeners.isHeard).toBe(true);
  listeners.emit('one');
  stop();
  listeners.emit('two');
  expect(heard).toEqual(['a one', 'b one', 'a two']);
});

test('a listener subscribed twice is unsubscribed one at a time', () => {
  const listeners = new Listeners<number>();
  let heard = 0;
  const listener = () => (heard += 1);
  const stop = listeners.subscribe(listener);
  listeners.subscribe(listener);
  stop();
  stop();
  listeners.emit(1);
  expect(heard).toBe(1);
});

test('a listener that throws is reported, and the others hear the event', () => {
  const report = vi.spyOn(console, 'error').mockImplementation(() => {});
  const listeners = new Listeners<number>();
  const error = new Error('thrown by a listener');
  let heard = 0;
  listeners.subscribe(() => {
    throw error;
  });
  listeners.subscribe((event) => (heard = event));
  listeners.emit(7);
  expect(heard).toBe(7);
  expect(report).toHaveBeenCalledExactlyOnceWith(expect.any(String), error);
});

test('who subscribes during an event hears the next one', () => {
  const listeners = new Listeners<number>();
  const heard: number[] = [];
  const stop = listeners.subscribe(() => {
    stop();
    listeners.subscribe((event) => heard.push(event));
  });
  listeners.emit(1);
  listeners.emit(2);
  expect(heard).toEqual([2]);
});
