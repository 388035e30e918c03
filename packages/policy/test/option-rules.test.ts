import { expect, test } from 'vitest';
import {
  choiceOption,
  durationOption,
  integerOption,
  numberOption,
  refuseOption,
} from '@chimera/policy';

const modes: readonly string[] = ['hard', 'cooperative'];

test.each<[() => unknown, string]>([
  [() => integerOption('retry', 'max', -1, 0), 'retry: max must be an integer >= 0, got -1'],
  [() => integerOption('retry', 'max', 1.5, 0), 'retry: max must be an integer >= 0, got 1.5'],
  [() => integerOption('retry', 'max', NaN, 0), 'retry: max must be an integer >= 0, got NaN'],
  [
    () => integerOption('retry', 'max', Infinity, 1, 9),
    'retry: max must be an integer from 1 to 9, got Infinity',
  ],
  [() => numberOption('retry', 'jitter', NaN, 0), 'retry: jitter must be a number >= 0, got NaN'],
  [
    () => numberOption('retry', 'jitter', 1.1, 0, 1),
    'retry: jitter must be a number from 0 to 1, got 1.1',
  ],
  [
    () => numberOption('retry', 'jitter', '0' as unknown as number, 0),
    'retry: jitter must be a number >= 0, got "0"',
  ],
  [
    () => durationOption('retry', 'base', '5 s'),
    `retry: base must be a duration >= 0 (ms, '2s', '5m', '1h'), got "5 s"`,
  ],
  [
    () => durationOption('retry', 'base', '0ms', 1),
    `retry: base must be a duration >= 1 (ms, '2s', '5m', '1h'), got "0ms"`,
  ],
  [
    () => choiceOption('timeout', 'mode', 'firm', modes),
    `timeout: mode must be 'hard' or 'cooperative', got "firm"`,
  ],
  [() => refuseOption('retry', 'when', 'a function', {}), 'must be a function, got object'],
  [() => refuseOption('retry', 'max', 'a number', () => 1), 'must be a number, got function'],
  [() => refuseOption('retry', 'max', 'a number', null), 'must be a number, got null'],
])('a wrong option is refused in the house form (%#)', (check, message) => {
  expect(check).toThrow(RangeError);
  expect(check).toThrow(message);
});

test('right options come back as they are, durations in ms', () => {
  expect(integerOption('retry', 'max', 0, 0)).toBe(0);
  expect(integerOption('retry', 'max', Infinity, 0)).toBe(Infinity);
  expect(numberOption('retry', 'jitter', 1, 0, 1)).toBe(1);
  expect(durationOption('retry', 'base', '2s')).toBe(2_000);
  expect(choiceOption('timeout', 'mode', 'hard', ['hard', 'cooperative'])).toBe('hard');
});
