import { type Clock, guarded, Listeners, refuseOption, systemClock } from '@chimera/policy';
import { fullScope, givesWay, hasExpired, type Scope } from './capacity.ts';
import type { Dropped } from './dropped.ts';
import { QueueFullError } from './errors.ts';
import type { SchedulerEvent } from './events.ts';
import { type Explanation, explanation } from './explanation.ts';
import { laneFor } from './lane.ts';
import { type IntelligentSchedulerOptions, type SchedulerRule, schedulerRule } from './options.ts';
import { RunningTasks } from './running-tasks.ts';
import type { QueuedTask } from './queued-task.ts';
import type { Task } from './task.ts';
import { type Lane, TaskQueue } from './task-queue.ts';
import { checkPriority, checkTask } from './task-rules.ts';
import { WaitingRoom } from './waiting-room.ts';
import { withPriority } from './with-priority.ts';

export interface SchedulerDeps<T extends Task = Task> {
  /** Its wall clock is the default for `now`. */
  readonly clock?: Pick<Clock, 'now'>;
  readonly onEvent?: (event: SchedulerEvent) => void;
  /**
   * Told each task that is shed or has expired, once, after it has left the queue. Required where
   * the options allow that, since nobody else has the task then. What it throws goes to
   * `console.error`.
   */
  readonly onDropped?: (dropped: Dropped<T>) => void;
}

/** The state of the world at a decision. */
export interface PopContext {
  /** Busy share of the pool, 0..1. Default 0. */
  readonly utilisation?: number | undefined;
  /** The instant, on the clock of `enqueuedAt`; NaN is refused by a RangeError. Default: the wall clock. */
  readonly now?: number | undefined;
  /**
   * Slots of the pool, busy and free. For `fair` the default is what `pop` was last told, 1 at first;
   * reserved slots are kept only by a `pop` that is told it.
   */
  readonly slots?: number | undefined;
}

/** Whether to keep pushing: 'slow-down' from `slowDownFrom` of a limit. */
export type Backpressure = 'none' | 'slow-down';

/**
 * A queue that hands out its most urgent task: see {@link score} for the rule. Push, pop, cancel
 * and reprioritise take O(log n); the order is exactly the score's at every instant, ties first
 * in, first out. With `fair`, deadlines or reserved slots the score decides within what those leave.
 */
export class IntelligentScheduler<T extends Task = Task> {
  readonly #rule: SchedulerRule;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #listeners = new Listeners<SchedulerEvent>();
  readonly #queue: TaskQueue<T>;
  readonly #running: RunningTasks<QueuedTask<T>> | undefined;
  readonly #room: WaitingRoom<QueuedTask<T>> | undefined;
  readonly #onDropped: ((dropped: Dropped<T>) => void) | undefined;
  #slots = 1;

  /** Throws RangeError for wrong options. */
  constructor(options: IntelligentSchedulerOptions = {}, deps: SchedulerDeps<T> = {}) {
    this.#rule = schedulerRule(options);
    this.#clock = deps.clock ?? systemClock;
    if (deps.onEvent !== undefined) this.#listeners.subscribe(deps.onEvent);
    const { queue, lanes, capacity } = this.#rule;
    this.#queue = new TaskQueue(queue, lanes.urgentFrom);
    const keepsAccounts = queue.isFair || lanes.urgentSlots > 0 || lanes.oldestSlots > 0;
    this.#running = keepsAccounts ? new RunningTasks(lanes.urgentFrom) : undefined;
    const sheds = capacity.whenFull === 'shed';
    const countsTenants = capacity.limitPerTenant !== Infinity;
    this.#room = sheds || countsTenants ? new WaitingRoom(capacity) : undefined;
    if (deps.onDropped === undefined && (sheds || queue.dropsExpired)) {
      const rule = "a function where whenFull is 'shed' or whenExpired is 'drop'";
      refuseOption('intelligent-scheduler', 'onDropped', rule, undefined);
    }
    this.#onDropped = deps.onDropped;
  }

  /** Tasks that wait, and with `whenExpired: 'drop'` those whose expiry was not noticed yet. */
  get size(): number {
    return this.#queue.size;
  }

  /**
   * Lets a task wait its turn. Throws QueueFullError (code QUEUE_FULL) at a limit where nobody
   * gives way, RangeError for a task that is not one, or whose id waits already. The instant plays
   * a part with `whenExpired: 'drop'` alone: what has expired by then makes room, and a task that
   * comes too late is dropped at once.
   */
  push(task: T, context?: Pick<PopContext, 'now'>): Backpressure {
    checkTask(task);
    const { capacity, queue, slowDownFrom } = this.#rule;
    const { limit, limitPerTenant } = capacity;
    const now = queue.dropsExpired ? this.#now(context) : -Infinity;
    if (queue.dropsExpired) this.#dropExpired(now);
    if (this.#queue.find(task.id) !== undefined) {
      refuseOption('intelligent-scheduler', 'id', 'one that does not wait already', task.id);
    }
    if (hasExpired(task.deadlineAt, now)) this.#expired(task, task, now);
    else this.#enter(task);
    const isCrowded =
      this.size >= limit * slowDownFrom ||
      (this.#room?.waitingOf(task) ?? 0) >= limitPerTenant * slowDownFrom;
    return isCrowded ? 'slow-down' : 'none';
  }

  /** The task that `pop` would return. */
  peek(context?: PopContext): T | undefined {
    const now = this.#now(context);
    return this.#queue.at(now).first(now, context?.utilisation ?? 0, this.#lane(context))?.task;
  }

  /**
   * Takes the task to run next; undefined when none waits, or none that the free slot is reserved
   * for. With `fair` or reserved slots, {@link finish} every task that was popped.
   */
  pop(context?: PopContext): T | undefined {
    const now = this.#now(context);
    if (this.#rule.queue.dropsExpired) this.#dropExpired(now);
    const lane = this.#lane(context);
    this.#slots = context?.slots ?? this.#slots;
    const entry = this.#queue.take(now, context?.utilisation ?? 0, lane, this.#slots);
    if (entry === undefined) return undefined;
    this.#room?.left(entry);
    this.#running?.started(entry, lane);
    if (this.#listeners.isHeard) {
      const waitMs = now - entry.enqueuedAt;
      this.#listeners.emit({ type: 'popped', id: entry.id, lane, waitMs, size: this.size });
    }
    return entry.task;
  }

  /**
   * Says that a popped task no longer runs: frees its reserved slot, and with `tookMs` corrects
   * what its tenant was charged; less than 0, by a clock that went back, counts as 0. False when it
   * is not known to run. Throws RangeError, with the slot free, for a `tookMs` that is no number or
   * infinite.
   */
  finish(id: string, outcome: { readonly tookMs?: number | undefined } = {}): boolean {
    const task = this.#running?.finished(id);
    if (task === undefined) return false;
    const { tookMs } = outcome;
    if (tookMs !== undefined) {
      if (!Number.isFinite(tookMs))
        refuseOption('intelligent-scheduler', 'tookMs', 'a finite number', tookMs);
      this.#queue.settle(task, Math.max(0, tookMs), this.#slots);
    }
    return true;
  }

  /**
   * With `whenExpired: 'drop'`, drops what has expired by now, as `push` and `pop` do first: for
   * when neither comes for long. How many were dropped.
   */
  dropExpired(context?: Pick<PopContext, 'now'>): number {
    return this.#dropExpired(this.#now(context));
  }

  /** Takes a task out of the queue. Undefined when it does not wait. */
  cancel(id: string): T | undefined {
    const entry = this.#queue.remove(id);
    if (entry === undefined) return undefined;
    this.#room?.left(entry);
    this.#listeners.emit({ type: 'cancelled', id, size: this.size });
    return entry.task;
  }

  /**
   * Changes the priority of a waiting task, which keeps its age and its place among equals; `pop`
   * then returns a copy of it with the new priority, of the same class, but without its `#private`
   * fields. False when it does not wait.
   */
  reprioritise(id: string, priority: number): boolean {
    checkPriority(priority);
    const entry = this.#queue.find(id);
    if (entry === undefined) return false;
    const changed = this.#queue.replace(entry, withPriority(entry.task, priority), priority);
    this.#room?.reprioritised(changed);
    this.#listeners.emit({ type: 'reprioritised', id, from: entry.priority, to: priority });
    return true;
  }

  /**
   * Why a task waits: its score, and who goes first if nothing else arrives and time stands still.
   * Walks the queue: O(n log n). Undefined when it does not wait.
   */
  explain(id: string, context?: PopContext): Explanation | undefined {
    const now = this.#now(context);
    const queue = this.#queue.at(now);
    const task = queue.find(id);
    if (task === undefined) return undefined;
    const utilisation = context?.utilisation ?? 0;
    const order = queue.order(now, utilisation, context?.slots ?? this.#slots);
    return explanation(task, order, { now, utilisation }, context?.slots, this.#rule.queue.score);
  }

  #now(context: Pick<PopContext, 'now'> | undefined): number {
    const now = context?.now ?? this.#clock.now();
    // It would stay in the accounts of whoever is served at it, and no order is defined with it.
    if (Number.isNaN(now)) refuseOption('intelligent-scheduler', 'now', 'an instant in ms', now);
    return now;
  }

  #lane(context: PopContext | undefined): Lane {
    if (this.#running === undefined) return 'score';
    return laneFor(context?.slots, this.#running, this.#rule.lanes);
  }

  #enter(task: T): void {
    const { id } = task;
    const ofTenant = this.#room?.waitingOf(task) ?? 0;
    const scope = fullScope(this.size, ofTenant, this.#rule.capacity);
    const shed = scope === undefined ? undefined : this.#shedFor(task, scope);
    const entry = this.#queue.add(task);
    this.#room?.entered(entry);
    // Told only now: who hears it may push in turn.
    if (scope !== undefined && shed !== undefined) this.#shed(shed, scope, id);
    if (this.#listeners.isHeard) this.#listeners.emit({ type: 'queued', id, size: this.size });
  }

  /** Takes out the task that gives way to one that comes. Throws QueueFullError where none does. */
  #shedFor(task: T, scope: Scope): QueuedTask<T> {
    const least = this.#room?.leastUrgent(scope, task);
    if (least === undefined || !givesWay(least.priority, task.priority)) this.#refuse(task, scope);
    this.#queue.remove(least.id);
    this.#room?.left(least);
    return least;
  }

  #shed({ id, task }: QueuedTask<T>, scope: Scope, by: string): void {
    this.#listeners.emit({ type: 'shed', id, scope, by, size: this.size });
    if (this.#onDropped) guarded(this.#onDropped, { reason: 'shed', task, scope, by });
  }

  #dropExpired(now: number): number {
    const dropped = this.#queue.dropExpired(now);
    for (const entry of dropped) this.#room?.left(entry);
    for (const entry of dropped) this.#expired(entry, entry.task, now);
    return dropped.length;
  }

  #expired({ id, deadlineAt }: Task, task: T, now: number): void {
    const lateMs = now - (deadlineAt ?? now);
    this.#listeners.emit({ type: 'expired', id, lateMs, size: this.size });
    if (this.#onDropped) guarded(this.#onDropped, { reason: 'expired', task, lateMs });
  }

  #refuse(task: T, scope: Scope): never {
    const { limit: ofQueue, limitPerTenant } = this.#rule.capacity;
    const limit = scope === 'queue' ? ofQueue : limitPerTenant;
    this.#listeners.emit({ type: 'refused', id: task.id, scope, size: this.size });
    throw new QueueFullError(scope, limit, task.id, task.tenant);
  }
}
