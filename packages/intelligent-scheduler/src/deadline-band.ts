import { IndexedHeap } from './indexed-heap.ts';
import type { DeadlineNode, QueuedTask } from './queued-task.ts';
import type { Task } from './task.ts';

/**
 * The tasks of a line whose slack has become short, earliest deadline first (Liu and Layland 1973).
 * A task enters at a fixed instant, and leaves for good when its deadline passes: serving work
 * that is late already would make the rest late too.
 */
export class DeadlineBand<T extends Task> {
  readonly #coming = new IndexedHeap<DeadlineNode<T>>();
  readonly #due = new IndexedHeap<DeadlineNode<T>>();

  add(entry: QueuedTask<T>, deadlineAt: number, entersAt: number): void {
    const heap = this.#coming;
    const node = { entry, deadlineAt, key: entersAt, tie: entry.tie, place: -1, heap };
    entry.deadline = node;
    heap.push(node);
  }

  remove(node: DeadlineNode<T>): void {
    node.heap?.remove(node);
    node.heap = undefined;
  }

  /** The task that must start next lest it be late; undefined when none is pressed. */
  first(now: number): QueuedTask<T> | undefined {
    for (let node = this.#coming.peek(); node !== undefined; node = this.#coming.peek()) {
      if (node.key >= now) break;
      this.#coming.remove(node);
      node.key = node.deadlineAt;
      node.heap = this.#due;
      this.#due.push(node);
    }
    for (let node = this.#due.peek(); node !== undefined; node = this.#due.peek()) {
      if (node.deadlineAt > now) return node.entry;
      this.remove(node);
    }
    return undefined;
  }
}
