import type { WorkflowRecord } from './workflow-record.ts';

/** The lowest is 0. */
export const highestPriority = 10;

/** What claim keys may depend on: what does not change while a workflow waits for its turn. */
export interface ClaimTask {
  readonly priority: number;
  /** Since when its age counts; see `Candidate`. */
  readonly queuedAt: number;
  /** For `isShort` alone. */
  readonly estimateMs?: number;
}

/** The static part of a scheduler's order. */
export interface ClaimKeys {
  /** Orders, highest first, the workflows that have waited a short time. */
  readonly ageingKey: number;
  /** Orders, highest first, those that have waited long. */
  readonly promotionKey: number;
  /** Whether it may get a bonus that all short ones share, such as while the pool is busy. */
  readonly isShort: boolean;
}

/**
 * Says where a workflow stands in the orders that candidates are read by. They hold the best
 * ones at any instant, provided that the scheduler's score is the larger of the two keys, each plus
 * a constant of the instant, plus one of the short, and that ties go to the lower `queuedAt`: then
 * the best `k` are among the first `k` of each key, of the short and of the others. Keys depend on
 * the priority and on `queuedAt` alone, and none rises with `queuedAt`: those of one priority are
 * read from an index in the order in which they were queued. Only `isShort` is stored.
 */
export type ClaimKeysOf = (task: ClaimTask) => ClaimKeys;

/** Priority first; the indexes put the older first among equals. */
export const byPriority: ClaimKeysOf = ({ priority }) => ({
  ageingKey: priority,
  promotionKey: priority,
  isShort: false,
});

export function claimTask(
  { estimateMs, priority }: Pick<WorkflowRecord, 'estimateMs' | 'priority'>,
  queuedAt: number,
): ClaimTask {
  return estimateMs === undefined ? { priority, queuedAt } : { priority, queuedAt, estimateMs };
}
