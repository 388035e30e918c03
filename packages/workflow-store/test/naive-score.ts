import type { ClaimKeys, ClaimTask } from '../src/index.ts';

const minute = 60_000;
const capMs = 25 * minute;

/** A point for every 5 minutes up to the cap, one for every 30 s past it, 10 a level, 3 when short and busy. */
export function naiveScore(task: ClaimTask, now: number, isBusy: boolean): number {
  const waitMs = now - task.queuedAt;
  const ageing = Math.min(waitMs, capMs) / (5 * minute);
  const promotion = Math.max(0, waitMs - capMs) / (minute / 2);
  return 10 * task.priority + ageing + promotion + (isBusy && isShort(task) ? 3 : 0);
}

export function bestFirst<Task extends ClaimTask>(
  tasks: readonly Task[],
  now: number,
  isBusy: boolean,
): Task[] {
  return tasks
    .map((task) => ({ task, score: naiveScore(task, now, isBusy) }))
    .sort((left, right) => right.score - left.score || left.task.queuedAt - right.task.queuedAt)
    .map(({ task }) => task);
}

/** The same score without the constants of the instant, in ms of ageing: a level is 50 minutes. */
export function keysOfNaiveScore(task: ClaimTask): ClaimKeys {
  const level = task.priority * 50 * minute;
  return {
    ageingKey: level - task.queuedAt,
    promotionKey: level - 10 * task.queuedAt,
    isShort: isShort(task),
  };
}

function isShort({ estimateMs }: ClaimTask): boolean {
  return estimateMs !== undefined && estimateMs < minute;
}
