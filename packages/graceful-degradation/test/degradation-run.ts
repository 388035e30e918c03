import {
  type DegradationSettings,
  type DegradationState,
  initialState,
  type Signals,
  transition,
} from '@chimera/graceful-degradation';
import * as fc from 'fast-check';

export interface Reading {
  readonly afterMs: number;
  readonly signals: Signals;
}

const mostlyKnown = (value: fc.Arbitrary<number>): fc.Arbitrary<number | undefined> =>
  fc.oneof(
    { weight: 30, arbitrary: value },
    { weight: 1, arbitrary: fc.constantFrom(undefined, NaN, -1, Infinity) },
  );

/** Shares, drawn to both sides of every line. */
const share = fc.oneof(
  fc.constantFrom(0.1, 0.65, 0.75, 0.82, 0.88, 0.92, 0.96),
  fc.double({ min: 0, max: 1.1, noNaN: true }),
);

const reading: fc.Arbitrary<Reading> = fc.record({
  afterMs: fc.oneof(
    { weight: 8, arbitrary: fc.constant(1_000) },
    { weight: 1, arbitrary: fc.constantFrom(0, 100, 9_999, 10_000, 59_999, 60_000, 400_000) },
  ),
  signals: fc.record({ memory: mostlyKnown(share), cpu: mostlyKnown(share) }),
});

/** Random levels, each held for a while: long enough to enter modes and to leave them. */
export const weather: fc.Arbitrary<Reading[]> = fc
  .array(fc.tuple(reading, fc.oneof(fc.constant(0), fc.nat(30), fc.nat(150))), { size: '+1' })
  .map((levels) =>
    levels.flatMap(([first, repeat]) => [
      first,
      ...Array.from({ length: repeat }, () => ({ ...first, afterMs: 1_000 })),
    ]),
  );

export interface Observed {
  readonly at: number;
  readonly signals: Signals;
  readonly before: DegradationState;
  readonly after: DegradationState;
}

export function runWeather(
  settings: DegradationSettings,
  readings: readonly Reading[],
  from: DegradationState = initialState,
): Observed[] {
  const steps: Observed[] = [];
  let at = from.lastAt ?? 0;
  let state = from;
  for (const { afterMs, signals } of readings) {
    at += afterMs;
    const before = state;
    state = transition(before, signals, at, settings);
    steps.push({ at, signals, before, after: state });
  }
  return steps;
}

/** The same signals, second after second. */
export function steady(signals: Signals, seconds: number): Reading[] {
  return Array.from({ length: seconds }, () => ({ afterMs: 1_000, signals }));
}

export function lastState(steps: readonly Observed[]): DegradationState {
  return steps.at(-1)?.after ?? initialState;
}
