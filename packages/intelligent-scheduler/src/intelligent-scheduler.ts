import { type Clock, Listeners, refuseOption, systemClock } from '@chimera/policy';
import { QueueFullError } from './errors.ts';
import type { SchedulerEvent } from './events.ts';
import { type Explanation, explanation } from './explanation.ts';
import { laneFor } from './lane.ts';
import { type IntelligentSchedulerOptions, type SchedulerRule, schedulerRule } from './options.ts';
import { RunningTasks } from './running-tasks.ts';
import type { Task } from './task.ts';
import { type Lane, TaskQueue } from './task-queue.ts';
import { checkPriority, checkTask } from './task-rules.ts';

export interface SchedulerDeps {
  /** Its wall clock is the default for `now`. */
  readonly clock?: Pick<Clock, 'now'>;
  readonly onEvent?: (event: SchedulerEvent) => void;
}

/** The state of the world at a decision. */
export interface PopContext {
  /** Busy share of the pool, 0..1. Default 0. */
  readonly utilisation?: number;
  /** The instant, on the clock of `enqueuedAt`. Default: the wall clock. */
  readonly now?: number;
  /** Slots of the pool, busy and free, for `fair` and reserved slots. Default: as last told, 1 at first. */
  readonly slots?: number;
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
  readonly #running: RunningTasks<T> | undefined;
  readonly #waitingOf: Map<string, number> | undefined;
  #slots = 1;

  /** Throws RangeError for wrong options. */
  constructor(options: IntelligentSchedulerOptions = {}, deps: SchedulerDeps = {}) {
    this.#rule = schedulerRule(options);
    this.#clock = deps.clock ?? systemClock;
    if (deps.onEvent !== undefined) this.#listeners.subscribe(deps.onEvent);
    const { queue, lanes, limitPerTenant } = this.#rule;
    this.#queue = new TaskQueue(queue, lanes.urgentFrom);
    const keepsAccounts = queue.isFair || lanes.urgentSlots > 0 || lanes.oldestSlots > 0;
    this.#running = keepsAccounts ? new RunningTasks(lanes.urgentFrom) : undefined;
    this.#waitingOf = limitPerTenant === Infinity ? undefined : new Map();
  }

  /** Tasks that wait. */
  get size(): number {
    return this.#queue.size;
  }

  /**
   * Lets a task wait its turn. Throws QueueFullError (code QUEUE_FULL) at a limit, RangeError for
   * a task that is not one, or whose id waits already.
   */
  push(task: T): Backpressure {
    checkTask(task);
    if (this.#queue.find(task.id) !== undefined) {
      refuseOption('intelligent-scheduler', 'id', 'one that does not wait already', task.id);
    }
    const { limit, limitPerTenant, slowDownFrom } = this.#rule;
    if (this.size >= limit) this.#refuse(task, 'queue', limit);
    const ofTenant = this.#waitingOf?.get(task.tenant ?? '') ?? 0;
    if (ofTenant >= limitPerTenant) this.#refuse(task, 'tenant', limitPerTenant);
    this.#waitingOf?.set(task.tenant ?? '', ofTenant + 1);
    this.#queue.add(task);
    if (this.#listeners.isHeard) {
      this.#listeners.emit({ type: 'queued', id: task.id, size: this.size });
    }
    const isCrowded =
      this.size >= limit * slowDownFrom || ofTenant + 1 >= limitPerTenant * slowDownFrom;
    return isCrowded ? 'slow-down' : 'none';
  }

  /** The task that `pop` would return. */
  peek(context?: PopContext): T | undefined {
    const now = context?.now ?? this.#clock.now();
    return this.#queue.first(now, context?.utilisation ?? 0, this.#lane(context));
  }

  /**
   * Takes the task to run next; undefined when none waits, or none that the free slot is reserved
   * for. With `fair` or reserved slots, {@link finish} every task that was popped.
   */
  pop(context?: PopContext): T | undefined {
    const now = context?.now ?? this.#clock.now();
    const lane = this.#lane(context);
    this.#slots = context?.slots ?? this.#slots;
    const task = this.#queue.take(now, context?.utilisation ?? 0, lane, this.#slots);
    if (task === undefined) return undefined;
    this.#left(task);
    this.#running?.started(task, lane);
    if (this.#listeners.isHeard) {
      const waitMs = now - task.enqueuedAt;
      this.#listeners.emit({ type: 'popped', id: task.id, lane, waitMs, size: this.size });
    }
    return task;
  }

  /**
   * Says that a popped task no longer runs: frees its reserved slot, and with `tookMs` corrects
   * what its tenant was charged. False when it is not known to run.
   */
  finish(id: string, outcome: { readonly tookMs?: number } = {}): boolean {
    const task = this.#running?.finished(id);
    if (task === undefined) return false;
    if (outcome.tookMs !== undefined) this.#queue.settle(task, outcome.tookMs, this.#slots);
    return true;
  }

  /** Takes a task out of the queue. Undefined when it does not wait. */
  cancel(id: string): T | undefined {
    const task = this.#queue.remove(id);
    if (task === undefined) return undefined;
    this.#left(task);
    this.#listeners.emit({ type: 'cancelled', id, size: this.size });
    return task;
  }

  /**
   * Changes the priority of a waiting task, which keeps its age and its place among equals; `pop`
   * then returns a copy of it with the new priority. False when it does not wait.
   */
  reprioritise(id: string, priority: number): boolean {
    checkPriority(priority);
    const task = this.#queue.find(id);
    if (task === undefined) return false;
    this.#queue.replace({ ...task, priority });
    this.#listeners.emit({ type: 'reprioritised', id, from: task.priority, to: priority });
    return true;
  }

  /**
   * Why a task waits: its score, and who goes first if nothing else arrives and time stands still.
   * Walks the queue: O(n log n). Undefined when it does not wait.
   */
  explain(id: string, context?: PopContext): Explanation | undefined {
    const task = this.#queue.find(id);
    if (task === undefined) return undefined;
    const now = context?.now ?? this.#clock.now();
    const utilisation = context?.utilisation ?? 0;
    const order = this.#queue.order(now, utilisation, context?.slots ?? this.#slots);
    return explanation(task, order, { now, utilisation }, context?.slots, this.#rule.queue.score);
  }

  #lane(context: PopContext | undefined): Lane {
    if (this.#running === undefined) return 'score';
    return laneFor(context?.slots, this.#running, this.#rule.lanes);
  }

  #left(task: T): void {
    if (this.#waitingOf === undefined) return;
    const tenant = task.tenant ?? '';
    const remaining = (this.#waitingOf.get(tenant) ?? 0) - 1;
    if (remaining > 0) this.#waitingOf.set(tenant, remaining);
    else this.#waitingOf.delete(tenant);
  }

  #refuse(task: T, scope: 'queue' | 'tenant', limit: number): never {
    this.#listeners.emit({ type: 'refused', id: task.id, scope, size: this.size });
    throw new QueueFullError(scope, limit, task.id, task.tenant);
  }
}
