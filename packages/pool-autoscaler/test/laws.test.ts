import { PoolAutoscaler } from '@chimera/pool-autoscaler';
import { autoscalerLaws, type AutoscalerUnderTest } from '@chimera/proving/conformance';
import { describe, expect, test } from 'vitest';

interface Scaling {
  readonly min: number;
  readonly max: number;
  readonly upAt: number;
  readonly downAt: number;
  readonly upBy: number;
  readonly downBy: number;
  readonly cooldownMs: number;
}

const scalings: readonly (readonly [string, Scaling])[] = [
  [
    'as it comes',
    { min: 3, max: 10, upAt: 0.8, downAt: 0.3, upBy: 2, downBy: 1, cooldownMs: 60_000 },
  ],
  [
    'in larger steps',
    { min: 4, max: 40, upAt: 0.9, downAt: 0.2, upBy: 4, downBy: 3, cooldownMs: 10_000 },
  ],
];

/** A clock that shows what it is told. */
function toldTime() {
  const time = { at: 0 };
  const clock = { now: () => time.at, monotonic: () => time.at, setTimer: () => ({ cancel() {} }) };
  return { clock, time };
}

function autoscaler(scaling: Scaling): AutoscalerUnderTest {
  const { clock, time } = toldTime();
  const scaler = new PoolAutoscaler(scaling, { clock });
  return {
    min: scaling.min,
    max: scaling.max,
    step: Math.max(scaling.upBy, scaling.downBy),
    cooldownMs: scaling.cooldownMs,
    deadBand: [scaling.downAt, scaling.upAt],
    // Every step goes from the size that there is: orders under way do not add up, however late.
    gain: 0.25,
    decide: ({ at, queued, running, size }) => {
      time.at = at;
      return scaler.evaluate({ size, running, queued }).to;
    },
  };
}

describe.each(scalings)('the pool autoscaler %s keeps', (_, scaling) => {
  test.each(autoscalerLaws)('$id $name', async ({ check }) => {
    await expect(check(autoscaler(scaling))).resolves.toBeUndefined();
  });
});
