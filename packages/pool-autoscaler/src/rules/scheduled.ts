import { integerOption, refuseOption } from '@chimera/policy';
import { scalingRule, type ScalingRule } from '../rule.ts';

/** A time of day at which the pool is never smaller than the floor. */
export interface ScheduledFloor {
  /** `HH:MM`, inclusive. */
  readonly from: string;
  /** `HH:MM`, exclusive; at or before `from` it is on the next day. */
  readonly to: string;
  readonly floor: number;
  /** Days on which it begins, 0 is Sunday; default all. */
  readonly days?: readonly number[];
}

const owner = 'pool-autoscaler';
const dayMinutes = 1_440;

/**
 * Floors by the time of day. It only ever raises: put it beside a rule that looks at the load.
 *
 * @param utcOffsetMinutes local time's distance from UTC; default 0.
 * @throws RangeError for a time, day or floor out of range.
 */
export function scheduled(floors: readonly ScheduledFloor[], utcOffsetMinutes = 0): ScalingRule {
  integerOption(owner, 'utcOffsetMinutes', utcOffsetMinutes, -dayMinutes, dayMinutes);
  const spans = floors.map(({ from, to, floor, days = [0, 1, 2, 3, 4, 5, 6] }) => {
    integerOption(owner, 'floor', floor, 1);
    for (const day of days) integerOption(owner, 'days', day, 0, 6);
    const start = minuteOfDay('from', from);
    const length = (minuteOfDay('to', to) - start + dayMinutes) % dayMinutes || dayMinutes;
    return { start, length, floor, days };
  });
  return scalingRule<undefined>({
    name: 'scheduled',
    pace: { upBy: Infinity, downBy: Infinity, upEveryMs: 0, downEveryMs: 0, reversalMs: 0 },
    advise({ wallAt, min }) {
      const minutes = wallAt / 60_000 + utcOffsetMinutes;
      let want = min;
      for (const { start, length, floor, days } of spans) {
        const since = (((minutes - start) % dayMinutes) + dayMinutes) % dayMinutes;
        // 1970-01-01 was a Thursday, day 4.
        const startedOn = (Math.floor((minutes - since) / dayMinutes) + 4) % 7;
        if (since < length && days.includes((startedOn + 7) % 7)) want = Math.max(want, floor);
      }
      return { advice: { want, reason: `the schedule's floor is ${want}` }, memory: undefined };
    },
  });
}

function minuteOfDay(option: string, time: string): number {
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time);
  if (match === null) refuseOption(owner, option, 'a time of day, HH:MM', time);
  return Number(match[1]) * 60 + Number(match[2]);
}
