import type { Task } from './task.ts';

/** A copy of a task with another priority, which keeps what it has of its class: getters and methods. */
export function withPriority<T extends Task>(task: T, priority: number): T {
  return Object.create(Object.getPrototypeOf(task) as object | null, {
    ...Object.getOwnPropertyDescriptors(task),
    priority: { value: priority, writable: true, enumerable: true, configurable: true },
  }) as T;
}
