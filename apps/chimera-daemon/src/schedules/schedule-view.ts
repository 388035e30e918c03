import type { ScheduleView } from '@chimera/client';
import type { StoredSchedule } from '@chimera/workflow-store';
import { nextInstant } from './decide.ts';
import type { Schedule } from './schedule.ts';

/** A schedule of the settings with what is stored of it, as it is shown at `now`. */
export function scheduleView(
  { kept, schedule }: { readonly kept: StoredSchedule; readonly schedule: Schedule },
  now: number,
): ScheduleView {
  const { active, isPaused, last, pending } = kept;
  const { catchUp, cron, jitterMs, name, overlap, recurrence, timezone, work } = schedule;
  return {
    name,
    cron,
    timezone,
    definition: work.definition.name,
    overlap,
    catchUp: typeof catchUp === 'number' ? { all: catchUp } : catchUp,
    jitterMs,
    isPaused,
    nextAt: isPaused ? null : (nextInstant(kept, recurrence, now) ?? null),
    pending,
    active,
    last: last ?? null,
  };
}
