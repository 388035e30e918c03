import { type Duration, durationOption, integerOption, numberOption } from '@chimera/policy';
import { movingAverage, slotsFor } from '../moving-average.ts';
import { isWatched, observePeak, type PeakWindow, peakOf } from '../peak-window.ts';
import { scalingRule, type ScalingRule } from '../rule.ts';

export interface LeanOptions {
  /** How far back the recent peak looks; default 10 s. */
  readonly windowMs?: Duration;
  /** Share of the recent peak that is kept in slots; default 0.7. */
  readonly peakShare?: number;
  /** Slots beyond what is expected; default 0. */
  readonly headroom?: number;
  /** From one shrink, by one slot, to the next; default 1 s. */
  readonly downEveryMs?: Duration;
  /** From a growth to the next shrink; default 2 s. */
  readonly reversalMs?: Duration;
}

interface LeanMemory {
  readonly at: number;
  readonly fast: number;
  readonly slow: number;
  readonly peaks: PeakWindow;
}

const owner = 'pool-autoscaler';
const fastMs = 1_000;
const slowMs = 5_000;

/**
 * As many slots as work, hardly any more. Grows at once to all that runs and waits, and follows the
 * demand down slot by slot, over the recent peak. For slots that cost nothing to add, such as
 * permits: it resizes hundreds of times an hour. For processes, give `resizeCostMs` too.
 *
 * @throws RangeError for options out of range.
 */
export function lean(options: LeanOptions = {}): ScalingRule {
  const windowMs = durationOption(owner, 'windowMs', options.windowMs ?? 10_000, 1);
  const peakShare = numberOption(owner, 'peakShare', options.peakShare ?? 0.7, 0, 1);
  const headroom = integerOption(owner, 'headroom', options.headroom ?? 0, 0);
  const downEveryMs = durationOption(owner, 'downEveryMs', options.downEveryMs ?? 1_000);
  const reversalMs = durationOption(owner, 'reversalMs', options.reversalMs ?? 2_000);
  return scalingRule<LeanMemory>({
    name: 'lean',
    pace: { upBy: Infinity, downBy: 1, upEveryMs: 0, downEveryMs, reversalMs },
    advise({ at, size, demand, queued }, memory) {
      const elapsedMs = at - (memory?.at ?? at);
      const fast = movingAverage(memory?.fast, demand, elapsedMs, fastMs);
      const slow = movingAverage(memory?.slow, demand, elapsedMs, slowMs);
      const peaks = observePeak(memory?.peaks, at, slow, windowMs);
      // Waiting work is no forecast: all of it gets a slot now.
      const expected = Math.max(fast, peakShare * peakOf(peaks), queued > 0 ? demand : 0);
      const asked = slotsFor(expected) + headroom;
      const want = isWatched(peaks, at, windowMs) ? asked : Math.max(asked, size);
      return {
        advice: { want, reason: `expects ${expected.toFixed(1)} busy slots` },
        memory: { at, fast, slow, peaks },
      };
    },
  });
}
