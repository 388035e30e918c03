import { type Duration, durationOption, integerOption, numberOption } from '@chimera/policy';
import { slotsFor } from '../moving-average.ts';
import { isWatched, observePeak, type PeakWindow, peakOf } from '../peak-window.ts';
import { scalingRule, type ScalingRule } from '../rule.ts';

export interface TargetOptions {
  /** Utilisation to keep, (running + queued) / size; default 0.7. */
  readonly utilisation?: number;
  /** Relative distance from it that is left alone; default 0.1. */
  readonly tolerance?: number;
  /** Shrinks go no lower than the largest size wanted in this time; default 5 min. */
  readonly stabilisationMs?: Duration;
  /** Most slots added at a time; default 4. */
  readonly upBy?: number;
  /** From one growth to the next; default 15 s. */
  readonly upEveryMs?: Duration;
}

interface TargetMemory {
  readonly wanted: PeakWindow;
}

const owner = 'pool-autoscaler';

/**
 * Keeps utilisation at a target, as the Kubernetes Horizontal Pod Autoscaler does: size × actual /
 * target, nothing within the tolerance, growth at once, shrinks only to the largest recommendation
 * of the stabilisation window.
 *
 * @throws RangeError for options out of range.
 */
export function target(options: TargetOptions = {}): ScalingRule {
  const utilisation = numberOption(owner, 'utilisation', options.utilisation ?? 0.7, 0.01, 1);
  const tolerance = numberOption(owner, 'tolerance', options.tolerance ?? 0.1, 0, 1);
  const windowMs = durationOption(owner, 'stabilisationMs', options.stabilisationMs ?? 300_000, 1);
  const upBy = integerOption(owner, 'upBy', options.upBy ?? 4, 1);
  const upEveryMs = durationOption(owner, 'upEveryMs', options.upEveryMs ?? 15_000);
  return scalingRule<TargetMemory>({
    name: 'target',
    pace: { upBy, downBy: Infinity, upEveryMs, downEveryMs: 0, reversalMs: windowMs },
    advise({ at, size, demand, max }, memory) {
      const actual = size === 0 ? Infinity : demand / size;
      const isNear = Math.abs(actual / utilisation - 1) <= tolerance;
      const wantNow = Math.min(max, isNear ? size : slotsFor(demand / utilisation));
      const wanted = observePeak(memory?.wanted, at, wantNow, windowMs);
      const least = isWatched(wanted, at, windowMs) ? peakOf(wanted) : Math.max(wantNow, size);
      const want = wantNow < size ? Math.min(size, least) : wantNow;
      const share = `${Math.round(actual * 100)} % of the slots, target ${utilisation * 100} %`;
      return { advice: { want, reason: `work for ${share}` }, memory: { wanted } };
    },
  });
}
