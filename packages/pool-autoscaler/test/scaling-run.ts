import * as fc from 'fast-check';
import {
  decide,
  type Decided,
  initialState,
  type ScalingPolicy,
  type TimedSnapshot,
} from '@chimera/pool-autoscaler';

/** One tick of a random load: how long after the last one, and what the pool looks like then. */
export interface LoadTick {
  readonly afterMs: number;
  readonly running: number | undefined;
  readonly queued: number | undefined;
  readonly p95Ms: number | undefined;
  readonly cap: number | undefined;
  readonly blocked: boolean;
}

export interface Step extends Decided {
  readonly snapshot: TimedSnapshot;
}

const mostlyKnown = (value: fc.Arbitrary<number>): fc.Arbitrary<number | undefined> =>
  fc.oneof(
    { weight: 30, arbitrary: value },
    { weight: 1, arbitrary: fc.constantFrom(undefined, NaN, -1) },
  );

export const loadTick: fc.Arbitrary<LoadTick> = fc.record({
  afterMs: fc.oneof(
    { weight: 8, arbitrary: fc.constant(1_000) },
    { weight: 2, arbitrary: fc.nat(5_000) },
    { weight: 1, arbitrary: fc.constantFrom(0, 29_999, 60_000, 61_000, 3_600_000) },
  ),
  running: mostlyKnown(fc.nat(12)),
  queued: mostlyKnown(
    fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(40) }),
  ),
  p95Ms: mostlyKnown(fc.nat(10_000)),
  cap: fc.oneof(
    { weight: 20, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.nat(12) },
  ),
  blocked: fc.oneof(
    { weight: 20, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
});

/** Load that stays the same for a while, as real load does: random levels, each held for some ticks. */
export const load: fc.Arbitrary<LoadTick[]> = fc
  .array(fc.tuple(loadTick, fc.oneof(fc.constant(1), fc.nat(90))), { minLength: 1, size: '+1' })
  .map((levels) =>
    levels.flatMap(([tick, repeat]) => [
      tick,
      ...Array.from({ length: repeat }, () => ({ ...tick, afterMs: 1_000 })),
    ]),
  );

/** Runs the load; the pool does at once what is decided, and work that is running stays. */
export function runLoad(
  policy: ScalingPolicy,
  ticks: readonly LoadTick[],
  size = policy.min,
): Step[] {
  const steps: Step[] = [];
  let at = 0;
  let state = initialState;
  let current = size;
  for (const { afterMs, running, ...tick } of ticks) {
    at += afterMs;
    const busy = running === undefined ? undefined : Math.min(running, current);
    const snapshot = { ...tick, size: current, running: busy, at };
    const decided = decide(snapshot, state, policy);
    state = decided.state;
    current = decided.decision.to;
    steps.push({ ...decided, snapshot });
  }
  return steps;
}

/** The same number of busy slots, second after second, with nothing queued. */
export function steadyLoad(running: number, seconds: number): LoadTick[] {
  return Array.from({ length: seconds }, () => ({
    afterMs: 1_000,
    running,
    queued: 0,
    p95Ms: undefined,
    cap: undefined,
    blocked: false,
  }));
}
