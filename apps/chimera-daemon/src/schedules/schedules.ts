import type { ScheduleView, SubmittedWorkflow } from '@chimera/client';
import { type Clock, closestName, type Timer } from '@chimera/policy';
import type { StoredSchedule, WorkflowStore } from '@chimera/workflow-store';
import { ApiError } from '../http/api-error.ts';
import { carryOut, type CarryOutDeps } from './carry-out.ts';
import { decide, nextInstant } from './decide.ts';
import { type Schedule, timingOf } from './schedule.ts';
import { scheduleView } from './schedule-view.ts';
import { stillActive } from './still-active.ts';
import { submitWork } from './submit-work.ts';
import { tellMissed } from './tell-missed.ts';

export interface SchedulesDeps extends CarryOutDeps {
  readonly store: Pick<
    WorkflowStore,
    'dropSchedule' | 'get' | 'keepSchedule' | 'schedules' | 'submit'
  >;
  readonly clock: Clock;
}

/**
 * Timers know nothing of a machine that slept or a wall clock that was set: the clock, and nothing
 * else, is looked at this often.
 */
const longestSleepMs = 30_000;
/** A start that the store refused (a full disk) is tried again after this time. */
const retryMs = 10_000;

interface Entry {
  readonly schedule: Schedule;
  kept: StoredSchedule;
  /** When there is something to decide upon; undefined when nothing comes any more. */
  nextAt: number | undefined;
}

/** Starts the work of schedules at their instants, once for each, whatever crashes in between. */
export class Schedules {
  readonly #deps: SchedulesDeps;
  readonly #schedules: readonly Schedule[];
  readonly #entries = new Map<string, Entry>();
  #underWay = 0;
  #timer: Timer | undefined;
  #isStopped = true;
  /** One thing at a time, so that no two decide upon the same instants. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(schedules: readonly Schedule[], deps: SchedulesDeps) {
    this.#schedules = schedules;
    this.#deps = deps;
  }

  /** Brings what is stored in line with the settings, then catches up and goes on. */
  async start(): Promise<void> {
    this.#isStopped = false;
    await this.#exclusively(() => this.#reconcile());
    await this.#turn();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#last;
  }

  /** In order of their names. */
  list(): readonly ScheduleView[] {
    return [...this.#entries.values()].map((entry) => scheduleView(entry, this.#now()));
  }

  /** It starts nothing until it is resumed; what falls due meanwhile is not caught up. */
  pause(name: string): Promise<ScheduleView> {
    return this.#change(name, { isPaused: true });
  }

  resume(name: string): Promise<ScheduleView> {
    return this.#change(name, { isPaused: false });
  }

  /** Starts its work once, at once, whatever else of it runs. The same key starts it once. */
  run(name: string, key?: string): Promise<SubmittedWorkflow> {
    return this.#exclusively(async () => {
      const entry = this.#entry(name);
      const { kept, schedule } = entry;
      const at = this.#now();
      const work = {
        ...schedule.work,
        labels: { ...schedule.work.labels, schedule: name },
        ...(key === undefined ? {} : { idempotencyKey: `schedule:${name}:run:${key}` }),
      };
      const submitted = await submitWork(work, this.#deps);
      if (submitted.created) {
        this.#deps.tell?.({ type: 'started', schedule: name, trigger: 'manual', lateMs: 0 });
        const last = { instant: at, at, workflowId: submitted.id };
        await this.#keep(entry, { ...kept, last, active: [...kept.active, submitted.id] });
      }
      return submitted;
    });
  }

  /** A workflow has ended, of a schedule or not: what waits for it can start. */
  ended(workflowId: string): void {
    const isAwaited = () =>
      [...this.#entries.values()].find(({ kept }) => kept.active.includes(workflowId));
    // Where nothing is under way, `active` is what it is: most workflows are of no schedule.
    if (this.#isStopped || (this.#underWay === 0 && isAwaited() === undefined)) return;
    void this.#exclusively(async () => {
      const entry = isAwaited();
      if (entry !== undefined && !this.#isStopped) await this.#settle(entry);
    });
  }

  async #reconcile(): Promise<void> {
    const { log, store } = this.#deps;
    const stored = new Map((await store.schedules()).map((each) => [each.name, each]));
    const now = this.#now();
    const byName = this.#schedules.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    for (const schedule of byName) {
      const { name } = schedule;
      const timing = timingOf(schedule);
      const before = stored.get(name);
      stored.delete(name);
      const fresh = { name, timing, isPaused: false, decidedUpTo: now, pending: [], active: [] };
      const kept: StoredSchedule =
        before?.timing === timing ? before : { ...fresh, ...before, ...sinceNow(timing, now) };
      const entry: Entry = { schedule, kept, nextAt: now };
      this.#entries.set(name, entry);
      if (kept === before) continue;
      await this.#keep(entry, kept);
      const change = before === undefined ? 'added' : `changed from "${before.timing}"`;
      log.info({ component: 'schedules', schedule: name, timing }, `schedule ${name}: ${change}`);
    }
    for (const name of stored.keys()) {
      await store.dropSchedule(name);
      log.info({ component: 'schedules', schedule: name }, `schedule ${name}: removed`);
    }
  }

  async #turn(): Promise<void> {
    let retryAt = Infinity;
    await this.#exclusively(async () => {
      for (const entry of this.#entries.values()) {
        if (this.#isStopped || (entry.nextAt ?? Infinity) > this.#now()) continue;
        if (!(await this.#settle(entry))) retryAt = this.#now() + retryMs;
      }
    });
    if (this.#isStopped || this.#entries.size === 0) return;
    const now = this.#now();
    let wakeAt = Math.min(now + longestSleepMs, retryAt);
    for (const entry of this.#entries.values()) {
      const { kept, schedule } = entry;
      // What could not be settled is still due, and has its time in `retryAt`.
      if ((entry.nextAt ?? Infinity) <= now) continue;
      // The clock may have been set back since.
      entry.nextAt = nextInstant(kept, schedule.recurrence, now);
      wakeAt = Math.min(wakeAt, entry.nextAt ?? Infinity);
    }
    this.#timer?.cancel();
    this.#timer = this.#deps.clock.setTimer(() => void this.#turn(), wakeAt - now);
  }

  /** False when the store refused; nothing has been decided then. */
  async #settle(entry: Entry): Promise<boolean> {
    const { log, tell } = this.#deps;
    const { schedule } = entry;
    const { name } = schedule;
    try {
      const now = this.#now();
      const active = await stillActive(entry.kept.active, this.#deps.store);
      const state = { ...entry.kept, active };
      const decision = decide(state, schedule, schedule.recurrence, now);
      const isMissed = tellMissed(schedule, state, decision, now, log);
      await this.#keep(entry, await carryOut(decision, schedule, state, now, this.#deps));
      const { length: count } = decision.skipped;
      if (isMissed) tell?.({ type: 'missed', schedule: name });
      if (count > 0) tell?.({ type: 'skipped', schedule: name, count });
      entry.nextAt = nextInstant(entry.kept, schedule.recurrence, now);
      return true;
    } catch (error) {
      log.error(
        { err: error, component: 'schedules', schedule: name },
        `schedule ${name}: nothing could be started; it is tried again`,
      );
      tell?.({ type: 'failed', schedule: name });
      entry.nextAt = 0;
      return false;
    }
  }

  async #change(name: string, { isPaused }: { isPaused: boolean }): Promise<ScheduleView> {
    const view = await this.#exclusively(async () => {
      const entry = this.#entry(name);
      const { kept } = entry;
      if (kept.isPaused === isPaused) return scheduleView(entry, this.#now());
      // What fell due until now is decided upon as it stands, while it paused: not at all.
      const now = this.#now();
      await this.#keep(entry, { ...kept, isPaused, decidedUpTo: Math.max(kept.decidedUpTo, now) });
      entry.nextAt = isPaused ? nextInstant(kept, entry.schedule.recurrence, now) : now;
      this.#deps.log.info(
        { component: 'schedules', schedule: name },
        `schedule ${name}: ${isPaused ? 'paused' : 'resumed'}`,
      );
      return scheduleView(entry, this.#now());
    });
    this.#timer?.cancel();
    if (!this.#isStopped) void this.#turn();
    return view;
  }

  async #keep(entry: Entry, state: StoredSchedule): Promise<void> {
    await this.#deps.store.keepSchedule(state);
    entry.kept = state;
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry;
    throw noSchedule(name, [...this.#entries.keys()]);
  }

  /** Whole ms: as it is stored. */
  #now(): number {
    return Math.floor(this.#deps.clock.now());
  }

  #exclusively<Result>(run: () => Promise<Result>): Promise<Result> {
    this.#underWay += 1;
    const result = this.#last.then(run);
    this.#last = result.then(
      () => (this.#underWay -= 1),
      () => (this.#underWay -= 1),
    );
    return result;
  }
}

function noSchedule(name: string, known: readonly string[]): ApiError {
  const nearest = closestName(name, known);
  const all = known.length === 0 ? 'none is configured' : `known are ${known.join(', ')}`;
  const hint = nearest === undefined ? all : `did you mean "${nearest}"?`;
  return new ApiError(404, 'SCHEDULE_NOT_FOUND', `there is no schedule "${name}"; ${hint}`);
}

function sinceNow(timing: string, now: number) {
  return { timing, decidedUpTo: now, pending: [] };
}
