import { expect, test, vi } from 'vitest';
import { guarded } from '@chimera/policy';

test('what a callback returns is passed on', () => {
  expect(guarded((half: number) => half * 2, 4)).toBe(8);
});

test('what a callback throws is reported, and nothing is passed on', () => {
  const report = vi.spyOn(console, 'error').mockImplementation(() => {});
  const error = new Error('thrown by a callback');
  const callback = (): number => {
    throw error;
  };
  expect(guarded(callback, undefined)).toBeUndefined();
  expect(report).toHaveBeenCalledExactlyOnceWith('chimera: a callback threw', error);
  report.mockRestore();
});
