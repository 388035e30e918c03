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
    check(min) {
      // The smallest pool is the worst case: there a step changes utilisation most.
      const afterShrink = (downAt * (min + downBy)) / min;
      if (afterShrink >= upAt) {
        refuseOption(
          owner,
          'downAt',
          `so low that a shrink to ${min} stays under upAt ${upAt} (it would reach ${afterShrink.toFixed(2)} and grow again)`,
          downAt,
        );
      }
      const afterGrowth = (upAt * min) / (min + upBy);
      if (afterGrowth <= downAt) {
        refuseOption(
          owner,
          'upBy',
          `so small that a growth from ${min} stays over downAt ${downAt} (it would fall to ${afterGrowth.toFixed(2)} and shrink again)`,
          upBy,
        );
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
