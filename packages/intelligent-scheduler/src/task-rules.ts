import { refuseOption } from '@chimera/policy';
import type { Task } from './task.ts';

const owner = 'intelligent-scheduler';

/** Throws RangeError for a task that no order is defined for. */
export function checkTask(task: Task): void {
  checkPriority(task.priority);
  if (!Number.isFinite(task.enqueuedAt)) {
    refuseOption(owner, 'enqueuedAt', 'a finite number of ms', task.enqueuedAt);
  }
  if (task.estimateMs !== undefined && !(task.estimateMs >= 0 && task.estimateMs < Infinity)) {
    refuseOption(owner, 'estimateMs', 'a finite number >= 0', task.estimateMs);
  }
  if (task.deadlineAt !== undefined && !Number.isFinite(task.deadlineAt)) {
    refuseOption(owner, 'deadlineAt', 'a finite number of ms', task.deadlineAt);
  }
}

export function checkPriority(priority: number): void {
  if (!(Number.isInteger(priority) && priority >= 0 && priority <= 10)) {
    refuseOption(owner, 'priority', 'an integer from 0 to 10', priority);
  }
}
