import { DeadlineBand } from './deadline-band.ts';
import { type HeapNode, IndexedHeap, precedes } from './indexed-heap.ts';
import type { QueuedTask } from './queued-task.ts';
import type { QueueRule } from './queue-rule.ts';
import { urgencyMs } from './score-rule.ts';
import type { Task } from './task.ts';

/** A line's place in one of the orders of its level. */
export interface LineNode<T extends Task> extends HeapNode {
  readonly line: Line<T>;
}

/**
 * The tasks of one level that share a turn: those of one tenant, or all of them without fairness.
 * Among tasks of equal priority and equal length the score orders by age alone, at every instant;
 * so two heaps hold a line, and only their heads are ever scored.
 */
export class Line<T extends Task> {
  readonly tenant: string;
  readonly weight: number;
  /** `key` is the start tag of the next task (SFQ): the virtual time at which the line has its turn. */
  readonly turn: LineNode<T> = { line: this, key: 0, tie: 0, place: -1 };
  /** `key` is the instant from which the head ages. */
  readonly shortHead: LineNode<T> = { line: this, key: 0, tie: 0, place: -1 };
  readonly longHead: LineNode<T> = { line: this, key: 0, tie: 0, place: -1 };
  /** `key` is the instant since which it has not been served, though a task waited. */
  readonly standing: LineNode<T> = { line: this, key: 0, tie: 0, place: -1 };
  readonly short = new IndexedHeap<QueuedTask<T>>();
  readonly long = new IndexedHeap<QueuedTask<T>>();
  /** A head ages from here if it was enqueued earlier. */
  agesFrom = -Infinity;
  servedAt = -Infinity;
  #band: DeadlineBand<T> | undefined = undefined;
  /** How often in a row the band went before a task of higher score. */
  #streak = 0;

  constructor(tenant: string, weight: number) {
    this.tenant = tenant;
    this.weight = weight;
  }

  get size(): number {
    return this.short.size + this.long.size;
  }

  add(entry: QueuedTask<T>, rule: QueueRule): void {
    (entry.isShort ? this.short : this.long).push(entry);
    const { deadlineAt } = entry;
    if (deadlineAt === undefined) return;
    this.#band ??= new DeadlineBand();
    const leadMs = (1 + rule.deadlineSlack) * estimateOf(entry, rule);
    this.#band.add(entry, deadlineAt, deadlineAt - leadMs);
  }

  remove(entry: QueuedTask<T>): void {
    (entry.isShort ? this.short : this.long).remove(entry);
    if (entry.deadline !== undefined) this.#band?.remove(entry.deadline);
  }

  oldest(): QueuedTask<T> | undefined {
    const short = this.short.peek();
    const long = this.long.peek();
    if (short === undefined || long === undefined) return short ?? long;
    return precedes(short, long) ? short : long;
  }

  /** Whom the line sends when it is served. */
  first(now: number, isBusy: boolean, rule: QueueRule): QueuedTask<T> | undefined {
    const pressed = this.#streak < rule.deadlineBurst ? this.#band?.first(now) : undefined;
    return pressed ?? this.#best(now, isBusy, rule);
  }

  /** Notes that `entry`, still in the line, is being served. */
  serving(entry: QueuedTask<T>, now: number, isBusy: boolean, rule: QueueRule): void {
    this.servedAt = now;
    this.agesFrom = Math.max(this.agesFrom, entry.key);
    if (this.#band === undefined) return;
    // A reserved slot may take neither: that is no turn of the band.
    const isJump = entry === this.#band.first(now) && entry !== this.#best(now, isBusy, rule);
    this.#streak = isJump ? this.#streak + 1 : 0;
  }

  /**
   * Moves the line on by the work of `costMs`, or back by a refund. Its age moves on at the pace
   * of its fair share (Zhang's VirtualClock 1990): while it is served no faster than that, its
   * tasks age from when they were enqueued, and what it piles up beyond ages from its last service.
   */
  charge(costMs: number, paceOfOne: number): void {
    this.turn.key += costMs / this.weight;
    const advanceMs = Math.ceil((costMs * paceOfOne) / this.weight);
    this.agesFrom = Math.min(this.servedAt, this.agesFrom + advanceMs);
  }

  /** A line in the same state without its tasks. */
  emptyCopy(): Line<T> {
    const copy = new Line<T>(this.tenant, this.weight);
    copy.turn.key = this.turn.key;
    copy.turn.tie = this.turn.tie;
    copy.agesFrom = this.agesFrom;
    copy.servedAt = this.servedAt;
    copy.#streak = this.#streak;
    return copy;
  }

  #best(now: number, isBusy: boolean, rule: QueueRule): QueuedTask<T> | undefined {
    const short = this.short.peek();
    const long = this.long.peek();
    if (short === undefined || long === undefined) return short ?? long;
    const ahead =
      urgencyMs(0, now - short.key, isBusy, rule.score) -
      urgencyMs(0, now - long.key, false, rule.score);
    if (ahead !== 0) return ahead > 0 ? short : long;
    return precedes(short, long) ? short : long;
  }
}

/** What a task is charged for: its estimate, or the least that counts as long; never nothing. */
export function estimateOf(task: Task, rule: QueueRule): number {
  return Math.max(1, task.estimateMs ?? rule.score.shortUnderMs);
}
