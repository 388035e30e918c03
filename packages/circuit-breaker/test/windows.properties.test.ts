import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  clearedEvery,
  consecutive,
  countWindow,
  type FailureDetector,
  timeWindow,
} from '../src/index.ts';

interface Ended {
  readonly at: number;
  readonly failed: boolean;
  readonly durationMs: number;
}

fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: 50 });

/** Calls in the order in which they ended, some close together, some after long idling. */
const trace = fc
  .array(
    fc.record({
      gapMs: fc.oneof(fc.nat(40), fc.nat(400), fc.constant(100_000)),
      failed: fc.boolean(),
      durationMs: fc.nat(30),
    }),
    { size: '+1' },
  )
  .map((steps) => {
    let at = 0;
    return steps.map(({ gapMs, failed, durationMs }): Ended => {
      at += gapMs;
      return { at, failed, durationMs };
    });
  });

function countOf(calls: readonly Ended[], slowOverMs: number) {
  return {
    calls: calls.length,
    failures: calls.filter(({ failed }) => failed).length,
    slow: calls.filter(({ durationMs }) => durationMs > slowOverMs).length,
  };
}

/** Feeds the calls one by one and shows the window, and the calls so far, after each. */
function follow<Window>(
  detector: FailureDetector<Window>,
  calls: readonly Ended[],
  look: (window: Window, soFar: readonly Ended[], at: number) => void,
): void {
  let window = detector.empty;
  calls.forEach(({ at, failed, durationMs }, index) => {
    window = detector.record(window, failed, at, durationMs);
    look(window, calls.slice(0, index + 1), at);
  });
}

function shifted<Window>(detector: FailureDetector<Window>, window: Window, byMs: number): Window {
  return detector.shift?.(window, byMs) ?? window;
}

const rates = fc.record({
  failureRate: fc.constantFrom(0.07, 0.3, 0.5, 1),
  minCalls: fc.integer({ min: 1, max: 6 }),
  opensWhen: fc.constantFrom('reached' as const, 'exceeded' as const),
  slow: fc.record({ over: fc.constant(10), rate: fc.constantFrom(0.3, 0.6, 1) }),
});

/** The predicate of the options, on the full log. */
function naiveReason(
  { calls, failures, slow }: ReturnType<typeof countOf>,
  limits: { failureRate: number; minCalls: number; opensWhen: string; slow: { rate: number } },
) {
  const over = (rate: number, limit: number) =>
    rate > limit || (rate === limit && limits.opensWhen === 'reached');
  if (calls < limits.minCalls) return undefined;
  if (over(failures / calls, limits.failureRate)) return 'failure rate';
  return over(slow / calls, limits.slow.rate) ? 'slow-call rate' : undefined;
}

describe('countWindow', () => {
  test('counts, and trips on, exactly the latest calls of the full log', () => {
    fc.assert(
      fc.property(trace, fc.integer({ min: 6, max: 40 }), rates, (calls, size, limits) => {
        const detector = countWindow({ size, ...limits });
        follow(detector, calls, (window, soFar, at) => {
          const expected = countOf(soFar.slice(-size), 10);
          expect(detector.counts(window, at)).toEqual(expected);
          expect(detector.tripReason(window)).toBe(naiveReason(expected, limits));
        });
      }),
    );
  });
});

describe('timeWindow', () => {
  const dimensions = fc.record({
    bucketMs: fc.integer({ min: 1, max: 50 }),
    buckets: fc.integer({ min: 1, max: 6 }),
  });

  test('counts every call of the last span less a bucket, and none older than the span', () => {
    fc.assert(
      fc.property(trace, dimensions, fc.nat(400), (calls, { bucketMs, buckets }, laterMs) => {
        const spanMs = bucketMs * buckets;
        const detector = timeWindow({ span: spanMs, buckets, slow: { over: 10, rate: 1 } });
        follow(detector, calls, (window, soFar, at) => {
          for (const now of [at, at + laterMs]) {
            const seen = detector.counts(window, now);
            const youngest = countOf(
              soFar.filter((call) => call.at > now - spanMs + bucketMs),
              10,
            );
            const oldest = countOf(
              soFar.filter((call) => call.at > now - spanMs),
              10,
            );
            for (const key of ['calls', 'failures', 'slow'] as const) {
              expect(seen[key]).toBeGreaterThanOrEqual(youngest[key]);
              expect(seen[key]).toBeLessThanOrEqual(oldest[key]);
            }
          }
        });
      }),
    );
  });

  test('trips exactly when the predicate holds of what it counts', () => {
    fc.assert(
      fc.property(trace, dimensions, rates, (calls, { bucketMs, buckets }, limits) => {
        const detector = timeWindow({ span: bucketMs * buckets, buckets, ...limits });
        follow(detector, calls, (window, _soFar, at) => {
          const counts = detector.counts(window, at);
          expect(detector.tripReason(window)).toBe(naiveReason(counts, limits));
        });
      }),
    );
  });

  test('keeps no more than three numbers for each full bucket', () => {
    fc.assert(
      fc.property(trace, dimensions, (calls, { bucketMs, buckets }) => {
        follow(timeWindow({ span: bucketMs * buckets, buckets }), calls, ({ bucket }) => {
          expect(bucket.full.length).toBeLessThanOrEqual(3 * (buckets - 1));
        });
      }),
    );
  });

  test('idling for a century costs no more than idling for a second', () => {
    const detector = timeWindow({ span: 10, buckets: 10 });
    const century = 100 * 365.25 * 86_400_000;
    const window = detector.record(detector.record(detector.empty, true, 0, 0), true, century, 0);
    expect(window).toMatchObject({ calls: 1, bucket: { full: [] } });
  });

  test('a window stored by a wall clock that was ahead still ages', () => {
    const detector = timeWindow({ span: 1_000 });
    const ahead = shifted(detector, detector.record(detector.empty, true, 0, 0), 3_600_000);
    const next = detector.record(ahead, true, 5_000, 0);
    expect(detector.counts(next, 5_000).calls).toBe(2);
    expect(detector.counts(next, 6_000).calls).toBe(0);
  });
});

describe('consecutive', () => {
  test('counts the failures since the last success', () => {
    fc.assert(
      fc.property(trace, fc.integer({ min: 1, max: 5 }), (calls, threshold) => {
        const detector = consecutive(threshold);
        follow(detector, calls, (window, soFar, at) => {
          const inARow = soFar.length - 1 - soFar.findLastIndex(({ failed }) => !failed);
          expect(detector.counts(window, at).failures).toBe(inARow);
          expect(detector.tripReason(window) !== undefined).toBe(inARow >= threshold);
        });
      }),
    );
  });
});

describe('clearedEvery', () => {
  test('counts the calls that began in the present interval', () => {
    const everyMs = 60;
    fc.assert(
      fc.property(trace, (calls) => {
        const [first] = calls;
        const startedAt = first === undefined ? 0 : first.at - first.durationMs;
        const detector = clearedEvery(everyMs, countWindow({ size: 10_000 }));
        follow(detector, calls, (window, soFar, at) => {
          const began = startedAt + Math.floor((at - startedAt) / everyMs) * everyMs;
          const counted = soFar.filter((call) => call.at - call.durationMs >= began);
          expect(detector.counts(window, at)).toMatchObject({
            calls: counted.length,
            failures: counted.filter(({ failed }) => failed).length,
          });
        });
      }),
    );
  });
});

describe('every detector', () => {
  const detectors: [string, FailureDetector][] = [
    ['consecutive', consecutive(3)],
    ['countWindow', countWindow({ size: 7, slow: { over: 10, rate: 0.5 } })],
    ['timeWindow', timeWindow({ span: 100, buckets: 5, slow: { over: 10, rate: 0.5 } })],
    ['clearedEvery', clearedEvery(100, timeWindow({ span: 50, buckets: 5 }))],
  ];

  test.each(detectors)(
    '%s keeps a window that survives JSON and a change of clock',
    (_name, detector) => {
      fc.assert(
        fc.property(trace, fc.integer(), (calls, byMs) => {
          const half = Math.floor(calls.length / 2);
          let window = detector.empty;
          let moved = detector.empty;
          calls.forEach(({ at, failed, durationMs }, index) => {
            if (index === half) {
              moved = JSON.parse(JSON.stringify(shifted(detector, moved, byMs))) as unknown;
            }
            const movedAt = index < half ? at : at + byMs;
            window = detector.record(window, failed, at, durationMs);
            moved = detector.record(moved, failed, movedAt, durationMs);
            expect(detector.counts(moved, movedAt)).toEqual(detector.counts(window, at));
            expect(detector.tripReason(moved)).toBe(detector.tripReason(window));
          });
        }),
      );
    },
  );

  test.each(detectors)('%s changes no window in place', (_name, detector) => {
    fc.assert(
      fc.property(trace, (calls) => {
        const pristine = structuredClone(detector.empty);
        follow(detector, calls, (window, _soFar, at) => {
          const before = structuredClone(window);
          detector.record(window, true, at + 1, 1);
          detector.counts(window, at + 1_000);
          shifted(detector, window, 5);
          expect(window).toEqual(before);
        });
        expect(detector.empty).toEqual(pristine);
      }),
    );
  });

  test.each(detectors)(
    '%s: a success does not change an empty window if only order is measured',
    (_name, detector) => {
      const isUnchanged = detector.record(detector.empty, false, 1, 0) === detector.empty;
      expect(isUnchanged).toBe(detector.measures === 'order');
    },
  );
});
