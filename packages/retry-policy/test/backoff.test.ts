import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultBackoff } from '../src/backoff.ts';
import {
  type Backoff,
  type BackoffStep,
  constant,
  decorrelated,
  exponential,
  fibonacci,
  linear,
  smoothDecorrelated,
  fullJitter,
  equalJitter,
} from '../src/index.ts';

const drawing = (u: number): BackoffStep => ({ random: () => u, error: undefined });

function delays(backoff: Backoff, count: number, u = 0.5): number[] {
  return Array.from({ length: count }, (_, index) => backoff(index + 1, drawing(u)));
}

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const baseMs = fc.integer({ min: 1, max: 60_000 });
const capMs = fc.integer({ min: 1, max: 86_400_000 });
const jitters = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom(equalJitter, fullJitter),
);

describe('the default backoff', () => {
  it('is exponential() without options', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2_000 }), unit, (retry, u) => {
        expect(defaultBackoff(retry, drawing(u))).toBe(exponential()(retry, drawing(u)));
      }),
    );
  });

  it('waits 1, 2, 4, 8, 16 and then 30 seconds', () => {
    expect(delays(exponential(), 8)).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ]);
  });

  it('spreads each delay by 20 % both ways', () => {
    expect(exponential()(1, drawing(0))).toBeCloseTo(800, 6);
    expect(exponential()(1, drawing(0.999_999_999))).toBeCloseTo(1_200, 5);
  });

  it('§2.9 caps before it jitters, so that callers at the cap still come back apart', () => {
    const atCap = [0, 0.25, 0.5, 0.75].map((u) => exponential()(9, drawing(u)));
    expect(atCap.map(Math.round)).toEqual([24_000, 27_000, 30_000, 33_000]);
  });
});

describe('strategies', () => {
  it('§4.28 linear 1, 2, 3 s; exponential 1, 2, 4 s; attempt 1000 is at the cap', () => {
    expect(delays(linear({ base: '1s', jitter: 0 }), 3)).toEqual([1_000, 2_000, 3_000]);
    expect(delays(exponential({ base: '1s', jitter: 0 }), 3)).toEqual([1_000, 2_000, 4_000]);
    expect(exponential({ cap: '20s', jitter: 0 })(1_000, drawing(0))).toBe(20_000);
  });

  it('§4.35 128 ms doubling to 16 384 and then 30 000', () => {
    const backoff = exponential({ base: 128, cap: 30_000, jitter: 0 });
    expect(delays(backoff, 10)).toEqual([
      128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 30_000, 30_000,
    ]);
  });

  it('§4.36 2 s doubling to 30 s is 2, 4, 8, 16, 30', () => {
    const backoff = exponential({ base: '2s', factor: 2, cap: '30s', jitter: 0 });
    expect(delays(backoff, 5)).toEqual([2_000, 4_000, 8_000, 16_000, 30_000]);
  });

  it('multiplies by its factor, so that delays are the same to the last bit in every engine', () => {
    const backoff = exponential({ base: 1, factor: 1.1, cap: '1d', jitter: 0 });
    const square = 1.1 * 1.1;
    const eighth = square * square * (square * square);
    const growth = [1, 1.1, square, 1.1 * square, square * square];
    expect(delays(backoff, 5)).toEqual(growth);
    expect(backoff(9, drawing(0))).toBe(eighth);
    expect(backoff(10, drawing(0))).toBe(1.1 * eighth);
  });

  it('constant is the same each time', () => {
    expect(delays(constant('250ms', { jitter: 0 }), 4)).toEqual([250, 250, 250, 250]);
  });

  it('constant is not cut by the cap that growing delays have', () => {
    expect(constant('1h', { jitter: 0 })(1, drawing(0))).toBe(3_600_000);
  });

  it('fibonacci is the sum of the two before, to the seventieth', () => {
    const backoff = fibonacci({ base: 1, cap: Number.MAX_SAFE_INTEGER, jitter: 0 });
    const numbers = delays(backoff, 70);
    expect(numbers.slice(0, 7)).toEqual([1, 1, 2, 3, 5, 8, 13]);
    for (let at = 2; at < 70; at += 1) {
      expect(numbers[at]).toBe((numbers[at - 1] ?? NaN) + (numbers[at - 2] ?? NaN));
    }
  });

  it('§4.29 ±25 % with u = 0, 0.4, 0.6, 1 is 0.75, 0.95, 1.05, 1.25 s', () => {
    const backoff = constant('1s', { jitter: 0.25 });
    for (const [u, seconds] of [
      [0, 0.75],
      [0.4, 0.95],
      [0.6, 1.05],
      [1, 1.25],
    ] as const) {
      expect(backoff(1, drawing(u))).toBeCloseTo(seconds * 1_000, 9);
    }
  });

  it('full jitter draws from nothing to the delay, equal jitter from its half', () => {
    expect(constant(1_000, { jitter: fullJitter })(1, drawing(0))).toBe(0);
    expect(constant(1_000, { jitter: fullJitter })(1, drawing(0.9))).toBe(900);
    expect(constant(1_000, { jitter: equalJitter })(1, drawing(0))).toBe(500);
    expect(constant(1_000, { jitter: equalJitter })(1, drawing(0.5))).toBe(750);
  });

  it('§4.30 smooth decorrelated with base 1 s and u = 0.5 follows the published figures', () => {
    const backoff = smoothDecorrelated({ base: '1s', cap: '1h' });
    const published = [897.4, 1093.0, 2035.7, 4046.0, 8083.6, 16163.7];
    let waitedMs = 0;
    for (const [index, expected] of published.entries()) {
      const untold = backoff(index + 1, drawing(0.5));
      const told = backoff(index + 1, { ...drawing(0.5), waitedMs });
      expect(untold).toBeCloseTo(expected, 1);
      expect(told).toBeCloseTo(expected, 1);
      waitedMs += told;
    }
  });

  it('decorrelated draws between the base and three times the previous delay', () => {
    const backoff = decorrelated({ base: 100, cap: 10_000 });
    expect(backoff(2, { ...drawing(0), previousDelayMs: 400 })).toBe(100);
    expect(backoff(2, { ...drawing(0.5), previousDelayMs: 400 })).toBe(650);
    expect(backoff(2, { ...drawing(0.999_999), previousDelayMs: 400 })).toBeCloseTo(1_200, 2);
  });

  it('decorrelated never falls under the base, also after no delay at all', () => {
    const backoff = decorrelated({ base: 100, cap: 10_000 });
    expect(backoff(2, { ...drawing(0.9), previousDelayMs: 0 })).toBe(100);
  });

  it('decorrelated without the previous delay walks there from the base', () => {
    const backoff = decorrelated({ base: 100, cap: 10_000 });
    const first = backoff(1, drawing(0.5));
    expect(first).toBe(200);
    expect(backoff(2, drawing(0.5))).toBe(backoff(2, { ...drawing(0.5), previousDelayMs: first }));
  });
});

describe('laws', () => {
  it('§4.31 attempts 1 to 1025 are above zero and at most the cap', () => {
    const options = { base: 1, cap: 30_000 };
    const all = [
      linear({ ...options, jitter: 0 }),
      exponential({ ...options, jitter: 0 }),
      fibonacci({ ...options, jitter: 0 }),
      decorrelated(options),
      smoothDecorrelated(options),
    ];
    for (const backoff of all) {
      for (let attempt = 1; attempt <= 1_025; attempt += 1) {
        const delayMs = backoff(attempt, drawing(0.5));
        expect(delayMs).toBeGreaterThan(0);
        expect(delayMs).toBeLessThanOrEqual(30_000);
      }
    }
  });

  it('§2.10 is never NaN, negative or infinite: attempt 1100 is the cap', () => {
    expect(exponential({ factor: 10, jitter: 0 })(1_100, drawing(0))).toBe(30_000);
    const growth = fc.record({ base: fc.oneof(fc.constant(0), baseMs), cap: capMs });
    const numbers = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 1e9 }));
    fc.assert(
      fc.property(growth, jitters, numbers, unit, (options, jitter, retry, u) => {
        const step = drawing(u);
        const all = [
          constant(options.base, { jitter }),
          linear({ ...options, jitter }),
          exponential({ ...options, factor: 3, jitter }),
          fibonacci({ ...options, jitter }),
          decorrelated(options),
          smoothDecorrelated(options),
        ];
        return all.every((backoff) => {
          const delayMs = backoff(retry, step);
          return delayMs >= 0 && delayMs <= 2 * Math.max(options.cap, options.base);
        });
      }),
    );
  });

  it('is the cap before retry number Infinity, and the base where nothing grows', () => {
    const retries = [exponential, linear, fibonacci].map((strategy) => strategy({ jitter: 0 }));
    for (const backoff of retries) expect(backoff(Infinity, drawing(0))).toBe(30_000);
    expect(exponential({ factor: 1, jitter: 0 })(Infinity, drawing(0))).toBe(1_000);
  });

  it('smooth decorrelated waits after a delay that was longer than its curve', () => {
    const backoff = smoothDecorrelated({ base: 1_000 });
    const later = [2, 3, 4, 5].map((retry) =>
      backoff(retry, { ...drawing(0.5), waitedMs: 60_000 }),
    );
    expect(Math.min(...later)).toBeGreaterThan(500);
    expect(later).toEqual(later.toSorted((one, other) => one - other));
  });

  it('without jitter a delay never shrinks from one retry to the next', () => {
    fc.assert(
      fc.property(baseMs, capMs, fc.integer({ min: 1, max: 2_000 }), (base, cap, retry) =>
        [linear, exponential, fibonacci].every((strategy) => {
          const backoff = strategy({ base, cap, jitter: 0 });
          return backoff(retry, drawing(0)) <= backoff(retry + 1, drawing(0));
        }),
      ),
    );
  });

  it('±ratio stays within its share of the capped delay', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(baseMs, capMs, share, fc.integer({ min: 1, max: 60 }), unit, (...drawn) => {
        const [base, cap, jitter, retry, u] = drawn;
        const plain = exponential({ base, cap, jitter: 0 })(retry, drawing(u));
        const spread = exponential({ base, cap, jitter })(retry, drawing(u));
        const tolerance = plain * 1e-12;
        return (
          spread >= plain * (1 - jitter) - tolerance && spread <= plain * (1 + jitter) + tolerance
        );
      }),
    );
  });

  it('decorrelated stays between the base and the cap', () => {
    fc.assert(
      fc.property(
        baseMs,
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 1, max: 200 }),
        fc.array(unit, { minLength: 1, maxLength: 8 }),
        (base, above, retry, draws) => {
          let drawn = 0;
          const random = () => draws[drawn++ % draws.length] ?? 0;
          const delayMs = decorrelated({ base, cap: base + above })(retry, {
            random,
            error: undefined,
          });
          return delayMs >= base && delayMs <= base + above;
        },
      ),
    );
  });

  it('smooth decorrelated draws instants: its sums do not depend on how earlier delays fell', () => {
    const backoff = smoothDecorrelated({ base: 1_000, cap: '7d' });
    const sums = (draws: readonly number[]) => {
      let waitedMs = 0;
      for (const [index, u] of draws.entries()) {
        waitedMs += backoff(index + 1, { ...drawing(u), waitedMs });
      }
      return waitedMs;
    };
    fc.assert(
      fc.property(fc.array(unit, { minLength: 4, maxLength: 4 }), unit, (draws, last) => {
        const one = sums([...draws, last]);
        const other = sums([0.1, 0.9, 0.2, 0.8, last]);
        return Math.abs(one - other) < 1e-6;
      }),
    );
  });
});

describe('wrong options', () => {
  it.each([
    [() => exponential({ factor: 0.5 }), 'retry-policy: factor must be a number >= 1, got 0.5'],
    [() => exponential({ base: -1 }), /^retry-policy: base must be a duration >= 0/],
    [() => linear({ cap: NaN }), /^retry-policy: cap must be a duration/],
    [
      () => fibonacci({ jitter: 1.5 }),
      'retry-policy: jitter must be a number from 0 to 1, got 1.5',
    ],
    [
      () => constant(1, { jitter: 'half' as unknown as number }),
      `retry-policy: jitter must be a number from 0 to 1, got "half"`,
    ],
  ])('are refused: %s', (make, message) => {
    expect(make).toThrow(RangeError);
    expect(make).toThrow(message);
  });
});
