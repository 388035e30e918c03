import type { Lane } from './task-queue.ts';

export interface LaneRule {
  readonly urgentSlots: number;
  readonly urgentFrom: number;
  readonly oldestSlots: number;
}

/** What runs at the moment. */
export interface Running {
  /** Tasks under `urgentFrom`. */
  readonly ordinary: number;
  /** Tasks that were taken as the oldest waiter. */
  readonly oldest: number;
}

/**
 * Whom the next free slot may serve. One slot always serves ordinary tasks by score, however many
 * are reserved. Without a number of slots nothing is reserved.
 */
export function laneFor(slots: number | undefined, running: Running, rule: LaneRule): Lane {
  if (slots === undefined) return 'score';
  const urgentSlots = Math.min(rule.urgentSlots, slots - 1);
  const ordinarySlots = slots - urgentSlots;
  if (running.ordinary >= ordinarySlots) return urgentSlots > 0 ? 'urgent' : 'score';
  const oldestSlots = Math.min(rule.oldestSlots, ordinarySlots - 1);
  return running.oldest < oldestSlots ? 'oldest' : 'score';
}
