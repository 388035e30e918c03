import type { Running } from './lane.ts';
import type { Task } from './task.ts';
import type { Lane } from './task-queue.ts';

/** Which of the tasks that were handed out still run, and what their slots count as. */
export class RunningTasks<T extends Task> implements Running {
  readonly #urgentFrom: number;
  readonly #tasks = new Map<string, { readonly task: T; readonly lane: Lane }>();
  ordinary = 0;
  oldest = 0;

  constructor(urgentFrom: number) {
    this.#urgentFrom = urgentFrom;
  }

  /** A task that runs already is counted as run anew: its first run was never said to have ended. */
  started(task: T, lane: Lane): void {
    this.finished(task.id);
    this.#tasks.set(task.id, { task, lane });
    this.#count(task, lane, 1);
  }

  finished(id: string): T | undefined {
    const run = this.#tasks.get(id);
    if (run === undefined) return undefined;
    this.#tasks.delete(id);
    this.#count(run.task, run.lane, -1);
    return run.task;
  }

  #count(task: T, lane: Lane, by: 1 | -1): void {
    if (task.priority < this.#urgentFrom) this.ordinary += by;
    if (lane === 'oldest') this.oldest += by;
  }
}
