import { hasExpired } from './capacity.ts';
import { precedes } from './indexed-heap.ts';
import { Level } from './level.ts';
import { QueuedTask } from './queued-task.ts';
import type { QueueRule } from './queue-rule.ts';
import { isShortTask, urgencyMs } from './score-rule.ts';
import { TaskHeap } from './task-heap.ts';
import type { Task } from './task.ts';
import { WaitingWeight } from './waiting-weight.ts';

/** Which tasks may be served: all by score, only levels from `urgentFrom` up, or the oldest waiter. */
export type Lane = 'score' | 'urgent' | 'oldest';

export const levels = 11;

/**
 * The order of the waiting tasks, without clock, events or limits: a function of what is put in
 * and of the instants it is asked at. `first` scores at most two heads a level.
 */
export class TaskQueue<T extends Task> {
  readonly #rule: QueueRule;
  readonly #urgentFrom: number;
  readonly #entries = new Map<string, QueuedTask<T>>();
  #levels: readonly Level<T>[];
  /** Kept for fairness alone. */
  readonly #waiting: WaitingWeight | undefined;
  /** Soonest deadline first; kept only where what has expired is dropped. */
  readonly #deadlines: TaskHeap<QueuedTask<T>> | undefined;
  #arrivals = 0;

  constructor(rule: QueueRule, urgentFrom: number) {
    this.#rule = rule;
    this.#urgentFrom = urgentFrom;
    this.#waiting = rule.isFair ? new WaitingWeight(rule.weights) : undefined;
    this.#deadlines = rule.dropsExpired ? new TaskHeap() : undefined;
    this.#levels = Array.from({ length: levels }, (_, priority) => new Level<T>(priority, rule));
  }

  get size(): number {
    return this.#entries.size;
  }

  find(id: string): QueuedTask<T> | undefined {
    return this.#entries.get(id);
  }

  add(task: T): QueuedTask<T> {
    const entry = new QueuedTask(task, this.#arrivals, isShortTask(task, this.#rule.score));
    this.#insert(entry);
    this.#arrivals += 1;
    return entry;
  }

  remove(id: string): QueuedTask<T> | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    this.#levelOf(entry).remove(entry);
    this.#forget(entry);
    return entry;
  }

  /** Puts `task` in the place of a queued one, as if it had arrived when that did, with this priority. */
  replace(entry: QueuedTask<T>, task: T, priority: number): QueuedTask<T> {
    this.remove(entry.id);
    const { id, enqueuedAt, estimateMs, tenant, deadlineAt } = entry;
    const said = { id, priority, enqueuedAt, estimateMs, tenant, deadlineAt };
    const changed = new QueuedTask(task, entry.tie, entry.isShort, said);
    this.#insert(changed);
    return changed;
  }

  first(now: number, utilisation: number, lane: Lane): QueuedTask<T> | undefined {
    return this.#first(now, utilisation, lane);
  }

  /** `slots` is how many tasks run at a time, which the age of a fair line depends on. */
  take(now: number, utilisation: number, lane: Lane, slots = 1): QueuedTask<T> | undefined {
    const entry = this.#first(now, utilisation, lane);
    if (entry === undefined) return undefined;
    // Before it is forgotten: the pace counts its tenant too.
    this.#levelOf(entry).serve(entry, now, this.#isBusy(utilisation), this.#pace(slots));
    this.#forget(entry);
    return entry;
  }

  /** Corrects the account of a tenant whose task has run. */
  settle(task: Task, tookMs: number, slots = 1): void {
    this.#levelOf(task).settle(task, tookMs, this.#pace(slots));
  }

  /** Takes out what has expired, soonest deadline first; nothing unless the rule says so. */
  dropExpired(now: number): readonly QueuedTask<T>[] {
    const dropped: QueuedTask<T>[] = [];
    for (let entry = this.#expired(now); entry !== undefined; entry = this.#expired(now)) {
      this.remove(entry.id);
      dropped.push(entry);
    }
    return dropped;
  }

  /** The queue as it will be once what has expired by `now` is dropped. For reading alone. */
  at(now: number): TaskQueue<T> {
    if (this.#expired(now) === undefined) return this;
    const copy = this.#copy();
    copy.dropExpired(now);
    return copy;
  }

  /** The order in which the tasks would be taken by score if time stood still and nothing arrived. */
  *order(now: number, utilisation: number, slots = 1): IterableIterator<QueuedTask<T>> {
    const copy = this.#copy();
    while (copy.size > 0) {
      const entry = copy.take(now, utilisation, 'score', slots);
      if (entry !== undefined) yield entry;
    }
  }

  #insert(entry: QueuedTask<T>): void {
    this.#note(entry);
    this.#levelOf(entry).add(entry);
  }

  #note(entry: QueuedTask<T>): void {
    const { id, deadlineAt, tie } = entry;
    this.#entries.set(id, entry);
    this.#waiting?.entered(entry);
    if (deadlineAt !== undefined) this.#deadlines?.add(entry, deadlineAt, tie);
  }

  #forget(entry: QueuedTask<T>): void {
    this.#entries.delete(entry.id);
    this.#waiting?.left(entry);
    this.#deadlines?.remove(entry.id);
  }

  #copy(): TaskQueue<T> {
    const copy = new TaskQueue<T>(this.#rule, this.#urgentFrom);
    copy.#levels = this.#levels.map((level) =>
      level.copy((entry) => {
        const twin = new QueuedTask(entry.task, entry.tie, entry.isShort, entry);
        copy.#note(twin);
        return twin;
      }),
    );
    return copy;
  }

  #expired(now: number): QueuedTask<T> | undefined {
    const soonest = this.#deadlines?.first;
    return hasExpired(soonest?.deadlineAt, now) ? soonest : undefined;
  }

  #first(now: number, utilisation: number, lane: Lane): QueuedTask<T> | undefined {
    if (lane === 'oldest') return this.#oldest();
    const isBusy = this.#isBusy(utilisation);
    let best: Level<T> | undefined;
    let bestUrgency = -Infinity;
    let bestSince = Infinity;
    let bestTie = Infinity;
    for (const level of this.#levels) {
      if (level.isEmpty || (lane === 'urgent' && level.priority < this.#urgentFrom)) continue;
      for (let isShort = 0; isShort < 2; isShort += 1) {
        const head = level.oldest(isShort === 1);
        if (head === undefined) continue;
        const isBoosted = isBusy && isShort === 1;
        const urgency = urgencyMs(level.priority, now - head.key, isBoosted, this.#rule.score);
        if (urgency < bestUrgency) continue;
        const isOlder = head.key < bestSince || (head.key === bestSince && head.tie < bestTie);
        if (urgency === bestUrgency && !isOlder) continue;
        best = level;
        bestUrgency = urgency;
        bestSince = head.key;
        bestTie = head.tie;
      }
    }
    return best?.first(now, isBusy);
  }

  #oldest(): QueuedTask<T> | undefined {
    const heads = this.#levels.flatMap((level) => [level.oldest(false), level.oldest(true)]);
    let oldest: (typeof heads)[number];
    for (const head of heads) {
      if (head !== undefined && (oldest === undefined || precedes(head, oldest))) oldest = head;
    }
    if (oldest === undefined) return undefined;
    const { line } = oldest;
    return oldest === line.shortHead ? line.short.peek() : line.long.peek();
  }

  /**
   * Ms of age for each ms of work of a tenant of weight 1 that is served at its fair share. Whoever
   * takes a task has a slot for it, whatever the pool says of itself.
   */
  #pace(slots: number): number {
    return (this.#waiting?.total ?? 0) / (slots > 1 ? slots : 1);
  }

  #isBusy(utilisation: number): boolean {
    return utilisation > this.#rule.score.busyAbove;
  }

  #levelOf(task: Task): Level<T> {
    const level = this.#levels[task.priority];
    if (level === undefined) throw new RangeError(`no level for priority ${task.priority}`);
    return level;
  }
}
