import {
  type Duration,
  durationOption,
  integerOption,
  numberOption,
  refuseOption,
} from '@chimera/policy';
import { scalingRule, type ScalingRule } from '../rule.ts';

export interface ThresholdOptions {
  /** Grow when (running + queued) / size is at least this; default 0.8. */
  readonly upAt?: number;
  /** Shrink when it is at most this, and nothing is queued; default 0.3. */
  readonly downAt?: number;
  /** Slots added at a time; default 2. */
  readonly upBy?: number;
  /** Slots taken away at a time; default 1. */
  readonly downBy?: number;
  /** From one change to the next in the same direction, and from a growth to a shrink; default 60 s. */
  readonly cooldownMs?: Duration;
}

const owner = 'pool-autoscaler';

/**
 * Two utilisation thresholds, fixed steps and a cooldown. Utilisation counts queued work, so it
 * does not saturate at 100 %. The cooldown is kept per direction: a shrink never delays a growth.
 *
 * @throws RangeError for values out of range, and (when the autoscaler is built) for thresholds so
 * close together that one step leads straight to the opposite one.
 */
export function threshold(options: ThresholdOptions = {}): ScalingRule {
  const upAt = numberOption(owner, 'upAt', options.upAt ?? 0.8, 0.01);
  const downAt = numberOption(owner, 'downAt', options.downAt ?? 0.3, 0);
  const upBy = integerOption(owner, 'upBy', options.upBy ?? 2, 1);
  const downBy = integerOption(owner, 'downBy', options.downBy ?? 1, 1);
  const cooldownMs = durationOption(owner, 'cooldownMs', options.cooldownMs ?? 60_000);
  if (downAt >= upAt) refuseOption(owner, 'downAt', `less than upAt (${upAt})`, downAt);

  return scalingRule<undefined>({
    name: 'threshold',
    pace: {
      upBy,
      downBy,
      upEveryMs: cooldownMs,
      downEveryMs: cooldownMs,
      reversalMs: cooldownMs,
    },
    advise({ size, running, queued, demand }) {
      const utilisation = size === 0 ? Infinity : demand / size;
      const load = `${running} running and ${queued} queued on ${size} slots (${percent(utilisation)})`;
      if (utilisation >= upAt) {
        return told(size + upBy, `${load}, at or over ${percent(upAt)}`);
      }
      if (utilisation <= downAt && queued === 0) {
        return told(size - downBy, `${load}, at or under ${percent(downAt)}`);
      }
      return told(size, `${load}, between ${percent(downAt)} and ${percent(upAt)}`);
    },
    check(min, max) {
      for (let size = min; size <= max; size += 1) {
        const grown = Math.min(size + upBy, max);
        const least = leastAtOrOver(upAt, size);
        if (grown > size && least / grown <= downAt) {
          const steps = `${size} slots with work for ${least} would become ${grown}, and be cut again`;
          refuseOption(owner, 'upBy', `small enough for downAt ${downAt} (${steps})`, upBy);
        }
        const cut = Math.max(size - downBy, min);
        const most = mostAtOrUnder(downAt, size);
        if (cut < size && most / cut >= upAt) {
          const steps = `${size} slots with work for ${most} would become ${cut}, and grow again`;
          refuseOption(owner, 'downAt', `low enough for upAt ${upAt} (${steps})`, downAt);
        }
      }
    },
  });
}

function told(want: number, reason: string) {
  return { advice: { want, reason }, memory: undefined };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** The smallest number of busy slots that is at least this share of the size. */
function leastAtOrOver(share: number, size: number): number {
  const about = Math.ceil(share * size);
  return (about - 1) / size >= share ? about - 1 : about;
}

/** The largest number of busy slots that is at most this share of the size. */
function mostAtOrUnder(share: number, size: number): number {
  const about = Math.floor(share * size);
  return (about + 1) / size <= share ? about + 1 : about;
}
