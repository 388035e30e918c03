/** What a claim key may depend on: what does not change while a workflow waits for its turn. */
export interface ClaimTask {
  readonly priority: number;
  /** Since when its age counts; see `Candidate`. */
  readonly queuedAt: number;
  readonly estimateMs?: number;
}

/**
 * The static part of the scheduler's order, kept in an index: candidates are read from the highest
 * key down. A score of two workflows that differs by the same amount at all times has one, such as
 * `10 * priority - queuedAt / 300_000` for "one point per 300 s of age".
 */
export type ClaimKey = (task: ClaimTask) => number;

/** Priority first; the index puts the older first among equals. */
export const byPriority: ClaimKey = ({ priority }) => priority;
