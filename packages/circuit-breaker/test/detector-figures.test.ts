import { describe, expect, test } from 'vitest';
import {
  clearedEvery,
  consecutive,
  countWindow,
  type FailureDetector,
  growingOpen,
  type PeerReport,
  quorumOpenMs,
  timeWindow,
} from '../src/index.ts';

/** The window after so many calls of the same kind, all at `at`. */
function after<Window>(
  detector: FailureDetector<Window>,
  calls: number,
  { failed = true, at = 0, durationMs = 0, from = detector.empty } = {},
): Window {
  let window = from;
  for (let call = 0; call < calls; call += 1) {
    window = detector.record(window, failed, at, durationMs);
  }
  return window;
}

function peer(node: string, openForMs: number, ageMs = 1_000): PeerReport {
  return { node, breaker: 'db', openedAt: 7, openForMs, ageMs };
}

test('stored windows are taken up by detectors of the same dimensions only', () => {
  const shapes = [
    consecutive(),
    countWindow(),
    countWindow({ size: 7 }),
    timeWindow(),
    timeWindow({ span: '1m', buckets: 6 }),
    clearedEvery('1m', consecutive()),
  ].map(({ shape }) => shape);
  expect(shapes).toEqual([
    'consecutive',
    'count window of 100',
    'count window of 7',
    'time window of 10 buckets of 1000 ms',
    'time window of 6 buckets of 10000 ms',
    'consecutive, cleared every 60000 ms',
  ]);
});

test('the clock is read for what a detector measures, and no more', () => {
  const slow = { over: '1s', rate: 0.5 } as const;
  expect(
    [
      consecutive(),
      countWindow(),
      countWindow({ slow }),
      timeWindow(),
      timeWindow({ slow }),
      clearedEvery('1m', consecutive()),
    ].map(({ measures }) => measures),
  ).toEqual(['order', 'time', 'duration', 'time', 'duration', 'duration']);
});

describe.each<[string, FailureDetector]>([
  ['countWindow', countWindow()],
  ['timeWindow', timeWindow()],
])('%s unless told otherwise', (_name, detector) => {
  test('opens from 20 calls on, when half of them have failed', () => {
    expect(detector.tripReason(after(detector, 19))).toBeUndefined();
    expect(detector.tripReason(after(detector, 20))).toBe('failure rate');
    const half = after(detector, 10, { failed: false, from: after(detector, 10) });
    expect(detector.tripReason(half)).toBe('failure rate');
    expect(detector.tripReason(after(detector, 1, { failed: false, from: half }))).toBeUndefined();
  });

  test('calls no call slow', () => {
    const window = after(detector, 30, { failed: false, durationMs: 1e9 });
    expect(detector.counts(window, 0)).toEqual({ calls: 30, failures: 0, slow: 0 });
    expect(detector.tripReason(window)).toBeUndefined();
  });
});

describe('rates', () => {
  const limits = { minCalls: 4, slow: { over: 100, rate: 0.5 } } as const;

  test('a call that takes just `over` is not slow', () => {
    for (const detector of [countWindow(limits), timeWindow(limits)] as FailureDetector[]) {
      expect(detector.counts(after(detector, 1, { durationMs: 100 }), 0).slow).toBe(0);
      expect(detector.counts(after(detector, 1, { durationMs: 101 }), 0).slow).toBe(1);
    }
  });

  test.each([
    ['reached', 'slow-call rate'],
    ['exceeded', undefined],
  ] as const)('%s: at just half slow calls it says %s', (opensWhen, reason) => {
    const detector = countWindow({ ...limits, opensWhen });
    const quick = after(detector, 2, { failed: false });
    const half = after(detector, 2, { failed: false, durationMs: 101, from: quick });
    expect(detector.tripReason(half)).toBe(reason);
    const more = after(detector, 1, { failed: false, durationMs: 101, from: half });
    expect(detector.tripReason(more)).toBe('slow-call rate');
  });

  test('exceeded: opens when more than its share has failed', () => {
    const detector = timeWindow({ minCalls: 4, opensWhen: 'exceeded' });
    const half = after(detector, 2, { from: after(detector, 2, { failed: false }) });
    expect(detector.tripReason(half)).toBeUndefined();
    expect(detector.tripReason(after(detector, 1, { from: half }))).toBe('failure rate');
  });
});

describe('a count window', () => {
  test('that is smaller than 20 opens when it is full', () => {
    const detector = countWindow({ size: 5 });
    expect(detector.tripReason(after(detector, 4))).toBeUndefined();
    expect(detector.tripReason(after(detector, 5))).toBe('failure rate');
  });

  test.each([15, 16, 17, 33])('of %d forgets each call when as many have followed', (size) => {
    const detector = countWindow({ size, slow: { over: 10, rate: 1 } });
    let window = after(detector, size, { durationMs: 11 });
    for (let followed = 1; followed <= size; followed += 1) {
      window = detector.record(window, false, 0, 0);
      const left = size - followed;
      expect(detector.counts(window, 0)).toEqual({ calls: size, failures: left, slow: left });
    }
  });
});

describe('a time window', () => {
  test('of 10 s in tenths unless told otherwise, forgets a call after 10 s', () => {
    const detector = timeWindow();
    const window = after(detector, 1, { at: 500 });
    expect([500, 10_499, 10_500].map((at) => detector.counts(window, at).calls)).toEqual([1, 1, 0]);
  });

  test('forgets bucket by bucket what each of them counted', () => {
    const detector = timeWindow({ span: 1_000, buckets: 4, slow: { over: 10, rate: 1 } });
    let window = after(detector, 3, { at: 0 });
    window = after(detector, 2, { at: 249, durationMs: 11, failed: false, from: window });
    window = after(detector, 1, { at: 250, from: window });
    window = after(detector, 4, { at: 750, durationMs: 11, from: window });
    const all = { calls: 10, failures: 8, slow: 6 };
    expect(detector.counts(window, 999)).toEqual(all);
    expect(detector.counts(window, 1_000)).toEqual({ calls: 5, failures: 5, slow: 4 });
    expect(detector.counts(window, 1_249)).toEqual({ calls: 5, failures: 5, slow: 4 });
    expect(detector.counts(window, 1_250)).toEqual({ calls: 4, failures: 4, slow: 4 });
    expect(detector.counts(window, 1_749)).toEqual({ calls: 4, failures: 4, slow: 4 });
    expect(detector.counts(window, 1_750)).toEqual({ calls: 0, failures: 0, slow: 0 });
  });

  test('without calls has no time to move', () => {
    const detector = timeWindow();
    expect(detector.shift?.(detector.empty, 500)).toBe(detector.empty);
  });
});

describe('clearedEvery', () => {
  const detector = clearedEvery('1s', countWindow({ slow: { over: 10, rate: 1 } }));

  test('counts its intervals from the beginning of the first call', () => {
    const first = detector.record(detector.empty, true, 500, 100);
    expect(first.startedAt).toBe(400);
    expect(detector.counts(first, 1_399).calls).toBe(1);
    expect(detector.counts(first, 1_400).calls).toBe(0);
    const third = detector.record(first, true, 2_450, 10);
    expect(third.startedAt).toBe(2_400);
    expect(detector.counts(third, 2_450).calls).toBe(1);
  });

  test('leaves out a call that began in an earlier interval, and counts one that began with it', () => {
    const first = detector.record(detector.empty, true, 400, 0);
    expect(detector.counts(detector.record(first, true, 1_450, 51), 1_450).calls).toBe(0);
    expect(detector.counts(detector.record(first, true, 1_450, 50), 1_450).calls).toBe(1);
  });

  test('takes for slow, and trips on, what its detector does', () => {
    expect(detector.slow).toEqual({ overMs: 10, rate: 1 });
    const window = after(detector, 20, { at: 500 });
    expect(detector.tripReason(window)).toBe('failure rate');
  });

  test('without calls has no time to move', () => {
    expect(detector.shift?.(detector.empty, 500)).toEqual(detector.empty);
    expect(detector.shift?.(detector.record(detector.empty, true, 400, 0), 500).startedAt).toBe(
      900,
    );
  });
});

describe('growingOpen', () => {
  test('doubles from a minute to ten unless told otherwise', () => {
    expect([0, 1, 2, 3, 4, 50].map(growingOpen())).toEqual([
      60_000, 120_000, 240_000, 480_000, 600_000, 600_000,
    ]);
  });

  test('takes its base, factor and cap', () => {
    const openFor = growingOpen({ base: '1s', factor: 3, cap: '5s' });
    expect([0, 1, 2].map(openFor)).toEqual([1_000, 3_000, 5_000]);
  });
});

describe('a quorum', () => {
  const rules = { share: 0.5, staleAfterMs: 10_000 };
  const news = new Map<string, number>();

  test('opens for as long as enough of its peers stay open', () => {
    expect(quorumOpenMs([peer('a', 5_000), peer('b', 3_000)], news, rules)).toBe(2_000);
    expect(quorumOpenMs([peer('a', 3_000), peer('b', 9_000), peer('c', 5_000)], news, rules)).toBe(
      2_000,
    );
  });

  test('is more than its share of the nodes, oneself included, and two peers at least', () => {
    const [a, b, c] = [peer('a', 5_000), peer('b', 5_000), peer('c', 0)];
    expect(quorumOpenMs([a, b, c], news, rules)).toBeUndefined();
    expect(quorumOpenMs([a, b], news, rules)).toBe(4_000);
    expect(quorumOpenMs([a], news, { ...rules, share: 0 })).toBeUndefined();
    expect(quorumOpenMs([a, b], news, { ...rules, share: 0.9 })).toBeUndefined();
  });

  test('counts who has reported lately, and who is open still', () => {
    const [a, b] = [peer('a', 50_000), peer('b', 50_000, 10_000)];
    expect(quorumOpenMs([a, b], news, rules)).toBe(40_000);
    expect(quorumOpenMs([a, peer('b', 50_000, 10_001)], news, rules)).toBeUndefined();
    expect(quorumOpenMs([a, peer('b', 1_001)], news, rules)).toBe(1);
    expect(quorumOpenMs([a, peer('b', 1_000)], news, rules)).toBeUndefined();
  });

  test('is heard once: one opening that is news is enough', () => {
    const peers = [peer('a', 5_000), peer('b', 3_000)];
    const known = new Map([
      ['a', 7],
      ['b', 7],
    ]);
    expect(quorumOpenMs(peers, known, rules)).toBeUndefined();
    expect(quorumOpenMs(peers, new Map([...known, ['b', 6]]), rules)).toBe(2_000);
  });
});

test.each([
  ['span must be a duration >= 1', () => timeWindow({ span: 0 })],
  ['minCalls must be an integer >= 1', () => timeWindow({ minCalls: 0 })],
  ['minCalls must be an integer from 1 to 100', () => countWindow({ minCalls: 0 })],
  ['slow.over must be a duration >= 0', () => timeWindow({ slow: { over: -1, rate: 1 } })],
  [
    'failureRate must be a number greater than 0 and at most 1, got 1.1',
    () => countWindow({ failureRate: 1.1 }),
  ],
  ['opensWhen must be', () => countWindow({ opensWhen: 'x' as 'reached' })],
  ['base must be a duration >= 1', () => growingOpen({ base: 0 })],
  ['failureThreshold must be an integer >= 1', () => consecutive(0)],
])('refuses what is out of bounds by name: %s', (message, make) => {
  expect(make).toThrow(RangeError);
  expect(make).toThrow(`circuit-breaker: ${message}`);
});
