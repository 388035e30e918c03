import { IndexedHeap } from './indexed-heap.ts';
import { estimateOf, Line, type LineNode } from './line.ts';
import type { QueuedTask } from './queued-task.ts';
import type { QueueRule } from './queue-rule.ts';
import type { Task } from './task.ts';

/**
 * The tasks of one priority. A level is as urgent as the line in it that has stood still longest;
 * which line is then served is start-time fair queuing's choice (Goyal, Vin and Cheng 1996), with
 * estimated ms as the cost of a task; but a line that has stood still past the cap goes first.
 * Without fairness there is one line.
 *
 * With fairness a line ages no faster than its fair share is served: the backlog that a tenant
 * has piled up does not lift its own level over others.
 */
export class Level<T extends Task> {
  readonly priority: number;
  readonly #rule: QueueRule;
  readonly #lines = new Map<string, Line<T>>();
  readonly #turns = new IndexedHeap<LineNode<T>>();
  readonly #shortHeads = new IndexedHeap<LineNode<T>>();
  readonly #longHeads = new IndexedHeap<LineNode<T>>();
  /** Kept for fairness alone. */
  readonly #standing = new IndexedHeap<LineNode<T>>();
  #virtualMs = 0;
  /** The latest finish tag given out. */
  #finishMs = 0;
  /** When a task was last taken. */
  #servedAt = -Infinity;
  #sweepAt = 64;

  constructor(priority: number, rule: QueueRule) {
    this.priority = priority;
    this.#rule = rule;
  }

  get isEmpty(): boolean {
    return this.#turns.size === 0;
  }

  /** Lines that are kept, idle ones among them: at most 64, or twice those with tasks or a debt not older than the cap. */
  get keptLines(): number {
    return this.#lines.size;
  }

  /** The line whose head, short or not, has stood still longest. */
  oldest(isShort: boolean): LineNode<T> | undefined {
    return (isShort ? this.#shortHeads : this.#longHeads).peek();
  }

  first(now: number, isBusy: boolean): QueuedTask<T> | undefined {
    return this.#next(now)?.line.first(now, isBusy, this.#rule);
  }

  add(entry: QueuedTask<T>): void {
    const line = this.#lineOf(entry);
    const wasEmpty = line.size === 0;
    line.add(entry, this.#rule);
    if (wasEmpty) {
      line.turn.key = Math.max(line.turn.key, this.#virtualMs - this.#rule.idleCreditMs);
      line.turn.tie = entry.tie;
      this.#turns.push(line.turn);
    }
    this.#headMayHaveChanged(line, entry.isShort);
    this.#stands(line);
  }

  remove(entry: QueuedTask<T>): void {
    const line = this.#lineOf(entry);
    this.#take(line, entry);
    this.#headMayHaveChanged(line, entry.isShort);
    this.#stands(line);
  }

  /** Takes `entry` out and charges its line for it. */
  serve(entry: QueuedTask<T>, now: number, isBusy: boolean, paceOfOne: number): void {
    const line = this.#lineOf(entry);
    line.serving(entry, now, isBusy, this.#rule);
    if (!this.#rule.isFair) {
      this.#take(line, entry);
      this.#headMayHaveChanged(line, entry.isShort);
      return;
    }
    this.#servedAt = now;
    this.#virtualMs = Math.max(this.#virtualMs, line.turn.key);
    line.charge(estimateOf(entry, this.#rule), paceOfOne);
    this.#finishMs = Math.max(this.#finishMs, line.turn.key);
    this.#take(line, entry);
    this.#hasMoved(line);
  }

  /** Charges a tenant for what its task took beyond the estimate, or refunds it. */
  settle(task: Task, tookMs: number, paceOfOne: number): void {
    const line = this.#lines.get(task.tenant ?? '');
    if (line === undefined) return;
    line.charge(tookMs - estimateOf(task, this.#rule), paceOfOne);
    this.#finishMs = Math.max(this.#finishMs, line.turn.key);
    this.#hasMoved(line);
  }

  /** A level in the same state with entries of its own. */
  copy(copyEntry: (entry: QueuedTask<T>) => QueuedTask<T>): Level<T> {
    const copy = new Level<T>(this.priority, this.#rule);
    copy.#virtualMs = this.#virtualMs;
    copy.#finishMs = this.#finishMs;
    for (const line of this.#lines.values()) {
      const twin = line.emptyCopy();
      copy.#lines.set(line.tenant, twin);
      for (const entry of line.short) twin.add(copyEntry(entry), this.#rule);
      for (const entry of line.long) twin.add(copyEntry(entry), this.#rule);
      if (twin.size === 0) continue;
      copy.#turns.push(twin.turn);
      copy.#headMayHaveChanged(twin, true);
      copy.#headMayHaveChanged(twin, false);
      copy.#stands(twin);
    }
    return copy;
  }

  #next(now: number): LineNode<T> | undefined {
    // New tenants start where the others are: without this an endless row of them would keep one
    // that has been served once from ever being served again.
    const stillest = this.#standing.peek();
    const isOverdue = stillest !== undefined && now - stillest.key > this.#rule.score.capMs;
    return isOverdue ? stillest : this.#turns.peek();
  }

  #take(line: Line<T>, entry: QueuedTask<T>): void {
    line.remove(entry);
    if (line.size > 0) return;
    this.#turns.remove(line.turn);
    // An idle level forgets who was ahead, but for the credit: fairness is among those who wait.
    if (this.isEmpty) this.#virtualMs = Math.max(this.#virtualMs, this.#finishMs);
  }

  /** Finds the places anew of a line that was charged. */
  #hasMoved(line: Line<T>): void {
    if (line.turn.place !== -1) this.#turns.moved(line.turn);
    this.#headMayHaveChanged(line, true);
    this.#headMayHaveChanged(line, false);
    this.#stands(line);
  }

  #headMayHaveChanged(line: Line<T>, isShort: boolean): void {
    const heads = isShort ? this.#shortHeads : this.#longHeads;
    const node = isShort ? line.shortHead : line.longHead;
    const head = (isShort ? line.short : line.long).peek();
    place(heads, node, head, this.#rule.isFair ? line.agesFrom : -Infinity);
  }

  #stands(line: Line<T>): void {
    if (this.#rule.isFair) place(this.#standing, line.standing, line.oldest(), line.servedAt);
  }

  #lineOf(task: Task): Line<T> {
    const tenant = this.#rule.isFair ? (task.tenant ?? '') : '';
    const known = this.#lines.get(tenant);
    if (known !== undefined) return known;
    if (this.#lines.size >= this.#sweepAt) this.#sweep();
    const line = new Line<T>(tenant, this.#rule.weights.get(tenant) ?? 1);
    this.#lines.set(tenant, line);
    return line;
  }

  /**
   * Forgets idle lines that would start afresh anyway, and those not served for longer than the cap:
   * tenants that send one task each start behind the virtual time, which need never pass them then.
   */
  #sweep(): void {
    const freshTag = this.#virtualMs - this.#rule.idleCreditMs;
    const longAgo = this.#servedAt - this.#rule.score.capMs;
    for (const line of this.#lines.values()) {
      const isForgotten = line.turn.key <= freshTag || line.servedAt < longAgo;
      if (line.size === 0 && isForgotten) this.#lines.delete(line.tenant);
    }
    this.#sweepAt = Math.max(64, 2 * this.#lines.size);
  }
}

/** Puts a line where its head, which counts from `notBefore` at the earliest, belongs. */
function place<T extends Task>(
  heap: IndexedHeap<LineNode<T>>,
  node: LineNode<T>,
  head: QueuedTask<T> | undefined,
  notBefore: number,
): void {
  if (head === undefined) {
    if (node.place !== -1) heap.remove(node);
    return;
  }
  const key = Math.max(head.key, notBefore);
  const stays = node.place !== -1 && node.key === key && node.tie === head.tie;
  if (stays) return;
  node.key = key;
  node.tie = head.tie;
  if (node.place === -1) heap.push(node);
  else heap.moved(node);
}
