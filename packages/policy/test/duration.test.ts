import * as fc from 'fast-check';
import { expect, expectTypeOf, test } from 'vitest';
import { type Duration, parseDuration } from '@chimera/policy';

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const unit = fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[]));

test('a whole number of a unit is that many of its milliseconds, and reads back', () => {
  fc.assert(
    fc.property(fc.nat(10_000_000), unit, (count, unit) => {
      const ms = parseDuration(`${count}${unit}`);
      expect(ms).toBe(count * units[unit]);
      expect(parseDuration(ms)).toBe(ms);
      expect(parseDuration(`${ms}ms`)).toBe(ms);
    }),
  );
});

test('a fraction of a unit is the same as its number times the unit', () => {
  fc.assert(
    fc.property(fc.nat(1_000), fc.nat(999), unit, (whole, thousandths, unit) => {
      const text = `${whole}.${String(thousandths).padStart(3, '0')}`;
      expect(parseDuration(`${text}${unit}`)).toBe(Number(text) * units[unit]);
    }),
  );
});

test('numbers pass when they are finite and not negative', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const isDuration = Number.isFinite(value) && value >= 0;
      expect(parseDuration(value)).toBe(isDuration ? value : undefined);
    }),
  );
});

test.each(['', 's', '5', '-1s', '1 s', '1.s', '.5s', '1e3ms', '5S', '5w', '5s ', 'Infinityms'])(
  'refuses %j',
  (text) => expect(parseDuration(text)).toBe(undefined),
);

test('refuses what is neither a number nor a text', () => {
  for (const value of [null, undefined, true, 5n, {}, ['5s']]) {
    expect(parseDuration(value)).toBe(undefined);
  }
});

test('a number too large to count is refused', () => {
  expect(parseDuration(`${'9'.repeat(400)}s`)).toBe(undefined);
});

test('the type knows the units', () => {
  expectTypeOf<'250ms'>().toExtend<Duration>();
  expectTypeOf<'1.5m'>().toExtend<Duration>();
  expectTypeOf<'5w'>().not.toExtend<Duration>();
});
