import type { StoredSchedule } from '@chimera/workflow-store';
import type { Logger } from '../log.ts';
import { type Decision, onTimeMs } from './decide.ts';
import type { Schedule } from './schedule.ts';

/** Logs what a decision does not start, and why: instants that were missed, overlap, or are in a wrong future. True for missed ones. */
export function tellMissed(
  { name, recurrence }: Schedule,
  { decidedUpTo }: StoredSchedule,
  { pending, skipped, start }: Decision,
  now: number,
  log: Logger,
): boolean {
  const fields = { component: 'schedules', schedule: name };
  if (decidedUpTo > now + onTimeMs)
    log.warn(fields, `schedule ${name}: the clock was set back; ${iso(decidedUpTo)} has been`);
  const missed = recurrence.next(decidedUpTo);
  const met = Math.min(start ?? Infinity, ...pending, ...skipped);
  const isMissed = missed !== undefined && missed < Math.min(met, now - onTimeMs);
  if (isMissed) log.warn(fields, `schedule ${name}: missed from ${iso(missed)} on; not caught up`);
  for (const instant of skipped)
    log.info({ ...fields, instant }, `schedule ${name}: skipped ${iso(instant)}, for it overlaps`);
  return isMissed;
}

function iso(instant: number): string {
  return new Date(instant).toISOString();
}
