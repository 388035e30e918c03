import type { HeapNode, IndexedHeap } from './indexed-heap.ts';
import type { Task } from './task.ts';

/** A task in its line: ordered by `enqueuedAt`, then by arrival. */
export class QueuedTask<T extends Task> implements HeapNode {
  readonly task: T;
  readonly key: number;
  readonly tie: number;
  readonly isShort: boolean;
  place = -1;
  deadline: DeadlineNode<T> | undefined = undefined;

  constructor(task: T, arrival: number, isShort: boolean) {
    this.task = task;
    this.key = task.enqueuedAt;
    this.tie = arrival;
    this.isShort = isShort;
  }
}

/** A task's place in the deadline band of its line. */
export interface DeadlineNode<T extends Task> extends HeapNode {
  readonly entry: QueuedTask<T>;
  readonly deadlineAt: number;
  readonly entersAt: number;
  /** The heap that it stands in. */
  heap: IndexedHeap<DeadlineNode<T>>;
}
