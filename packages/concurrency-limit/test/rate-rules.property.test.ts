import { isRejection, VirtualClock } from '@chimera/policy';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  RateLimit,
  type RateRule,
  restore,
  slidingWindow,
  snapshotOf,
  tokenBucket,
} from '../src/index.ts';

interface Bucket {
  readonly kind: 'bucket';
  readonly rate: number;
  readonly burst: number;
}

interface Window {
  readonly kind: 'window';
  readonly max: number;
  readonly buckets: number;
}

const perMs = 100;

const shapes: fc.Arbitrary<Bucket | Window> = fc.oneof(
  fc.record({
    kind: fc.constant('bucket' as const),
    rate: fc.integer({ min: 1, max: 20 }),
    burst: fc.integer({ min: 1, max: 8 }),
  }),
  fc.record({
    kind: fc.constant('window' as const),
    max: fc.integer({ min: 1, max: 8 }),
    buckets: fc.integer({ min: 1, max: 12 }),
  }),
);

function ruleOf(shape: Bucket | Window): RateRule {
  return shape.kind === 'bucket'
    ? tokenBucket({ ...shape, per: perMs })
    : slidingWindow({ ...shape, per: perMs });
}

type Step =
  | { readonly type: 'call' }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'abort'; readonly which: number }
  | { readonly type: 'restart' };

const call = fc.constant({ type: 'call' as const });
const steps = (withAborts: boolean): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      call,
      call,
      fc.record({ type: fc.constant('wait' as const), ms: fc.nat(40) }),
      ...(withAborts
        ? [
            fc.record({ type: fc.constant('abort' as const), which: fc.nat(30) }),
            fc.constant({ type: 'restart' as const }),
          ]
        : []),
    ),
    { maxLength: 80, size: '+1' },
  );

interface Made {
  readonly cameAt: number;
  /** What was told when it began to wait; 0 when it did not. */
  readonly toldMs: number;
  readonly caller: AbortController;
  madeAt: number | undefined;
  fate: 'waiting' | 'made' | 'refused' | 'aborted';
}

/** Runs the steps, checks what has to hold at each of them, and returns every call. */
async function play(rule: RateRule, program: readonly Step[], maxWaitMs: number) {
  const clock = new VirtualClock();
  const limit = new RateLimit({ rule, maxWait: maxWaitMs }, { clock });
  const all: Made[] = [];
  for (const step of program) {
    if (step.type === 'wait') {
      await clock.advance(step.ms);
    } else if (step.type === 'abort') {
      const waiting = all.filter(({ fate }) => fate === 'waiting');
      waiting[step.which % waiting.length]?.caller.abort(new Error('enough'));
      await clock.advance(0);
    } else if (step.type === 'restart') {
      restore(limit, JSON.parse(JSON.stringify(snapshotOf(limit))));
      // Within a rounding error of its turn, a call is let go on by whatever looks first.
      await clock.advance(0);
    } else {
      const told = limit.retryAfterMs;
      const made: Made = {
        cameAt: clock.monotonic(),
        toldMs: told,
        caller: new AbortController(),
        madeAt: undefined,
        fate: 'waiting',
      };
      all.push(made);
      const { signal } = made.caller;
      limit
        .execute(() => (made.madeAt = clock.monotonic()), { signal })
        .then(
          () => (made.fate = 'made'),
          (error: unknown) => (made.fate = isRejection(error) ? 'refused' : 'aborted'),
        );
      await clock.advance(0);
    }
    const waiting = all.filter(({ fate }) => fate === 'waiting').length;
    expect(limit.waiting).toBe(waiting);
    expect(clock.pendingTimers).toBe(waiting > 0 ? 1 : 0);
  }
  await clock.runAll();
  expect(limit.waiting).toBe(0);
  return { all, times: all.flatMap(({ madeAt }) => madeAt ?? []) };
}

const maxWaits = fc.constantFrom(0, 30, 250);
/** Sums of fractions of ms. */
const rounding = 1e-5;

/** How many calls too many a span saw that began and ended with a call; 0 or less when none. */
function excess(shape: Bucket | Window, count: number, spanMs: number): number {
  if (shape.kind === 'bucket') return count - shape.burst - (spanMs * shape.rate) / perMs;
  return spanMs < perMs - rounding ? count - shape.max : 0;
}

test('no span of time sees more calls than the rule allows, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, steps(true), maxWaits, async (shape, program, maxWaitMs) => {
      const { times } = await play(ruleOf(shape), program, maxWaitMs);
      for (const [first, start] of times.entries()) {
        for (const [more, end] of times.slice(first).entries()) {
          expect(excess(shape, more + 1, end - start)).toBeLessThanOrEqual(rounding);
        }
      }
    }),
    { numRuns: 150 },
  );
});

test('turns are in the order of arrival, and nobody waits longer than maxWait', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, steps(true), maxWaits, async (shape, program, maxWaitMs) => {
      const { all, times } = await play(ruleOf(shape), program, maxWaitMs);
      expect(times).toEqual(times.toSorted((left, right) => left - right));
      for (const { madeAt, cameAt } of all) {
        expect((madeAt ?? cameAt) - cameAt).toBeLessThanOrEqual(maxWaitMs + rounding);
      }
    }),
    { numRuns: 100 },
  );
});

test('a call waits exactly as long as was told, and is refused exactly when that is too long', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, steps(false), maxWaits, async (shape, program, maxWaitMs) => {
      const { all } = await play(ruleOf(shape), program, maxWaitMs);
      for (const { madeAt, cameAt, toldMs, fate } of all) {
        expect(fate).toBe(madeAt === undefined ? 'refused' : 'made');
        // It is told in whole ms, rounded up.
        const waitedMs = madeAt === undefined ? toldMs : madeAt - cameAt;
        expect(Math.abs(toldMs - waitedMs)).toBeLessThan(1);
        expect(toldMs > maxWaitMs).toBe(fate === 'refused');
      }
    }),
    { numRuns: 100 },
  );
});

test('there is something left exactly when there is nothing to wait for', async () => {
  const perSecond = fc.integer({ min: 7, max: 400 }).map((sevenths) => sevenths / 7);
  await fc.assert(
    fc.asyncProperty(perSecond, fc.integer({ min: 1, max: 5 }), async (rate, burst) => {
      const clock = new VirtualClock();
      const limit = new RateLimit({ rule: tokenBucket({ rate, burst }) }, { clock });
      for (let call = 0; call < 30; call += 1) {
        limit.tryAcquire();
        await clock.advance(((call % 3) * 500) / rate);
        expect(limit.available > 0).toBe(limit.retryAfterMs === 0);
      }
    }),
    { numRuns: 50 },
  );
});

test('a sliding window counts no call for longer than its span and a bucket', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.nat(60), { maxLength: 60 }),
      (max, buckets, pauses) => {
        const rule = slidingWindow({ max, buckets, per: perMs });
        const made: number[] = [];
        let state = rule.initial(0);
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          const counted = made.filter((at) => at > now - perMs - perMs / buckets - rounding);
          expect(rule.available(state, now)).toBeGreaterThanOrEqual(max - counted.length);
          if (rule.waitMs(state, now, 0) > 0) continue;
          state = rule.taken(state, now);
          made.push(now);
        }
      },
    ),
  );
});
