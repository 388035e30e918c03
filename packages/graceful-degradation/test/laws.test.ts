import {
  GracefulDegradation,
  type GracefulDegradationOptions,
} from '@chimera/graceful-degradation';
import { degradationLaws, type DegradationUnderTest } from '@chimera/proving/conformance';
import { describe, expect, test } from 'vitest';

/** A clock that shows what it is told. */
function toldTime() {
  const time = { at: 0 };
  const clock = { now: () => time.at, monotonic: () => time.at, setTimer: () => ({ cancel() {} }) };
  return { clock, time };
}

const modes = ['normal', 'degraded', 'survival'] as const;

function degradation(options: GracefulDegradationOptions): DegradationUnderTest {
  const { clock, time } = toldTime();
  const own = new GracefulDegradation(options, { clock });
  return {
    worst: 2,
    dwellMs: own.settings.dwellMs,
    // Two levels, each after its clear time, and what three changes before may have cost in quiet.
    settlesWithinMs: 2 * own.settings.clearMs + 6 * own.settings.dwellMs,
    observe: ({ at, strain }) => {
      time.at = at;
      return modes.indexOf(own.observe({ memory: strain, cpu: strain }).mode);
    },
    allowsCritical: () => own.admit(10) === undefined,
    join: (one, other) => {
      const lines = { ...options, survivalOver: { memory: 0.9, cpu: 0.95 } };
      const both = new GracefulDegradation(lines, { clock });
      const [memory, cpu] = [one, other].map((level) => [0, 0.87, 0.97][level]);
      for (let second = 0; second < 60; second += 1) {
        time.at += 1_000;
        both.observe({ memory, cpu });
      }
      return modes.indexOf(both.mode);
    },
  };
}

describe.each([
  ['as it comes', {}],
  ['at once', { holdMs: 0, clearMs: 0, smoothingMs: 0, dwellMs: 20_000 }],
] as const)('graceful degradation %s keeps', (_, options) => {
  test.each(degradationLaws)('$id $name', async ({ check }) => {
    await expect(check(degradation(options))).resolves.toBeUndefined();
  });
});
