import { IndexedHeap } from './indexed-heap.ts';
import type { DeadlineNode, QueuedTask } from './queued-task.ts';
import type { Task } from './task.ts';

/**
 * The tasks of a line whose slack has become short, earliest deadline first (Liu and Layland 1973).
 * A task enters at a fixed instant, and leaves when its deadline passes: serving work that is late
 * already would make the rest late too.
 */
export class DeadlineBand<T extends Task> {
  readonly #coming = new IndexedHeap<DeadlineNode<T>>();
  readonly #due = new IndexedHeap<DeadlineNode<T>>();
  readonly #passed = new IndexedHeap<DeadlineNode<T>>();
  /** The instant that the heaps are right for. */
  #at = -Infinity;

  add(entry: QueuedTask<T>, deadlineAt: number, entersAt: number): void {
    const heap = this.#coming;
    const node = { entry, deadlineAt, entersAt, key: entersAt, tie: entry.tie, place: -1, heap };
    entry.deadline = node;
    heap.push(node);
  }

  remove(node: DeadlineNode<T>): void {
    node.heap.remove(node);
  }

  /** The task that must start next lest it be late; undefined when none is pressed. */
  first(now: number): QueuedTask<T> | undefined {
    if (now < this.#at) this.#goBack();
    this.#at = now;
    for (let node = this.#coming.peek(); node !== undefined; node = this.#coming.peek()) {
      if (node.entersAt >= now) break;
      move(node, this.#due, node.deadlineAt);
    }
    for (let node = this.#due.peek(); node !== undefined; node = this.#due.peek()) {
      if (node.deadlineAt > now) return node.entry;
      move(node, this.#passed, node.deadlineAt);
    }
    return undefined;
  }

  /** A clock was set back, or somebody has only looked ahead: no deadline has passed for good. */
  #goBack(): void {
    for (const heap of [this.#due, this.#passed]) {
      for (let node = heap.peek(); node !== undefined; node = heap.peek()) {
        move(node, this.#coming, node.entersAt);
      }
    }
  }
}

function move<T extends Task>(
  node: DeadlineNode<T>,
  heap: IndexedHeap<DeadlineNode<T>>,
  key: number,
): void {
  node.heap.remove(node);
  node.key = key;
  node.heap = heap;
  heap.push(node);
}
