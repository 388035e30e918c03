import { type HeapNode, IndexedHeap } from './indexed-heap.ts';
import type { Task } from './task.ts';

interface TaskNode<T extends Task> extends HeapNode {
  task: T;
}

/** Tasks in an order of their own, beside that of the queue, which are taken out by their ids. */
export class TaskHeap<T extends Task> {
  readonly #heap = new IndexedHeap<TaskNode<T>>();
  readonly #nodes = new Map<string, TaskNode<T>>();

  get size(): number {
    return this.#nodes.size;
  }

  /** The one with the smallest key; of those, with the smallest tie. */
  get first(): T | undefined {
    return this.#heap.peek()?.task;
  }

  add(task: T, key: number, tie: number): void {
    const node = { task, key, tie, place: -1 };
    this.#nodes.set(task.id, node);
    this.#heap.push(node);
  }

  remove(id: string): void {
    const node = this.#nodes.get(id);
    if (node === undefined) return;
    this.#nodes.delete(id);
    this.#heap.remove(node);
  }

  /** Puts `task` in the place of the one of the same id, with another key and the same tie. */
  replace(task: T, key: number): void {
    const node = this.#nodes.get(task.id);
    if (node === undefined) return;
    node.task = task;
    node.key = key;
    this.#heap.moved(node);
  }
}
