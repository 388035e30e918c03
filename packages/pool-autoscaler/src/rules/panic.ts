import { type Duration, durationOption, numberOption, refuseOption } from '@chimera/policy';
import { movingAverage, slotsFor } from '../moving-average.ts';
import { scalingRule, type ScalingRule } from '../rule.ts';

export interface PanicOptions {
  /** Utilisation to keep; default 0.7. */
  readonly utilisation?: number;
  /** Window of the average that counts in quiet times, and least length of a panic; default 60 s. */
  readonly stableMs?: Duration;
  /** Window of the average that can start a panic; default 6 s. */
  readonly panicMs?: Duration;
  /** Panic when the short average asks for this many times the size; default 2. */
  readonly panicAt?: number;
}

interface PanicMemory {
  readonly at: number;
  readonly stable: number;
  readonly short: number;
  /** When the panic last had a reason, and the largest size that it asked for. */
  readonly panic: { readonly at: number; readonly size: number } | undefined;
}

const owner = 'pool-autoscaler';

/**
 * Two averages, as in Knative's autoscaler: a slow one for quiet times, and a fast one that takes
 * over when it asks for twice the pool. In a panic the pool only grows; it ends after `stableMs`
 * without a reason. Outside of one, a shrink takes at most half of the pool. Averages are
 * exponential, with half the window as time constant, so that their memory is two numbers.
 *
 * @throws RangeError for options out of range, and for a panic window that is not the shorter one.
 */
export function panic(options: PanicOptions = {}): ScalingRule {
  const utilisation = numberOption(owner, 'utilisation', options.utilisation ?? 0.7, 0.01, 1);
  const stableMs = durationOption(owner, 'stableMs', options.stableMs ?? 60_000, 1);
  const panicMs = durationOption(owner, 'panicMs', options.panicMs ?? 6_000, 1);
  const panicAt = numberOption(owner, 'panicAt', options.panicAt ?? 2, 1);
  if (panicMs >= stableMs) refuseOption(owner, 'panicMs', `under stableMs (${stableMs})`, panicMs);
  return scalingRule<PanicMemory>({
    name: 'panic',
    pace: {
      upBy: Infinity,
      downBy: Infinity,
      upEveryMs: 0,
      downEveryMs: 2_000,
      reversalMs: stableMs,
    },
    advise({ at, size, demand }, memory) {
      const elapsedMs = at - (memory?.at ?? at);
      const stable = movingAverage(memory?.stable, demand, elapsedMs, stableMs / 2);
      const short = movingAverage(memory?.short, demand, elapsedMs, panicMs / 2);
      const [stableWant, shortWant] = [stable, short].map((mean) => slotsFor(mean / utilisation));
      const [calm, urgent] = [stableWant ?? size, shortWant ?? size];

      const before = memory?.panic;
      const lasts = before !== undefined && at - before.at < stableMs;
      const peak = lasts ? Math.max(before.size, urgent) : urgent;
      let alarm = lasts ? { at: before.at, size: peak } : undefined;
      if (urgent >= panicAt * size) alarm = { at, size: peak };

      const want =
        alarm === undefined ? Math.max(calm, Math.floor(size / 2)) : Math.max(alarm.size, size);
      const mode = alarm === undefined ? 'stable' : 'panic';
      const reason = `${mode}: ${short.toFixed(1)} busy over ${panicMs} ms, ${stable.toFixed(1)} over ${stableMs} ms`;
      return { advice: { want, reason }, memory: { at, stable, short, panic: alarm } };
    },
  });
}
