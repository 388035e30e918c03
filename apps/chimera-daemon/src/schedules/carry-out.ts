import type { Listener } from '@chimera/policy';
import type { StoredSchedule } from '@chimera/workflow-store';
import type { Logger } from '../log.ts';
import { type Decision, onTimeMs } from './decide.ts';
import { type Schedule, workFor } from './schedule.ts';
import type { ScheduleNews } from './schedule-news.ts';
import { submitWork, type SubmitWorkDeps } from './submit-work.ts';

export interface CarryOutDeps extends SubmitWorkDeps {
  /** Ends a workflow and what it runs. */
  readonly cancel: (workflowId: string, reason: string) => Promise<unknown>;
  /** What became of its instants. Default: nobody hears. */
  readonly tell?: Listener<ScheduleNews>;
  readonly log: Logger;
}

/** Cancels and starts what has been decided; gives what is to be kept of the schedule then. */
export async function carryOut(
  { cancel, decidedUpTo, pending, start: instant }: Decision,
  schedule: Schedule,
  state: StoredSchedule,
  at: number,
  deps: CarryOutDeps,
): Promise<StoredSchedule> {
  const { name } = schedule;
  const decided = { ...state, decidedUpTo, pending };
  if (instant === undefined) return decided;
  for (const id of cancel)
    await deps.cancel(id, `schedule "${name}" starts anew (cancel-previous)`);
  const due = new Date(instant).toISOString();
  const work = { ...workFor(schedule, instant), idempotencyKey: `schedule:${name}:${due}` };
  const { created, id } = await submitWork(work, deps);
  const lateMs = at - instant;
  const missed = lateMs > onTimeMs ? 'catch-up' : 'clock';
  const trigger = state.pending.includes(instant) ? 'queue' : missed;
  if (created) deps.tell?.({ type: 'started', schedule: name, trigger, lateMs });
  deps.log.info(
    { component: 'schedules', schedule: name, instant, task_id: id, lateMs },
    `schedule ${name}: started ${id} for ${due}`,
  );
  return {
    ...decided,
    active: [...state.active.filter((known) => known !== id), id],
    last: { instant, at, workflowId: id },
  };
}
