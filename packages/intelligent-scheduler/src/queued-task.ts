import type { HeapNode, IndexedHeap } from './indexed-heap.ts';
import type { Task } from './task.ts';

/**
 * A task in its line: ordered by `enqueuedAt`, then by arrival. It is found again by what the task
 * said when it came, as the caller's object is the caller's to change.
 */
export class QueuedTask<T extends Task> implements HeapNode, Task {
  readonly task: T;
  readonly id: string;
  readonly priority: number;
  readonly enqueuedAt: number;
  readonly estimateMs: number | undefined;
  readonly tenant: string | undefined;
  readonly deadlineAt: number | undefined;
  readonly key: number;
  readonly tie: number;
  readonly isShort: boolean;
  place = -1;
  deadline: DeadlineNode<T> | undefined = undefined;

  constructor(task: T, arrival: number, isShort: boolean, said: Task = task) {
    this.task = task;
    this.id = said.id;
    this.priority = said.priority;
    this.enqueuedAt = said.enqueuedAt;
    this.estimateMs = said.estimateMs;
    this.tenant = said.tenant;
    this.deadlineAt = said.deadlineAt;
    this.key = this.enqueuedAt;
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
