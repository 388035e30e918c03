import { rank } from '@chimera/intelligent-scheduler';
import type { Clock } from '@chimera/policy';
import type { Candidate } from '@chimera/workflow-store';

export interface ChooserDeps {
  readonly clock: Clock;
  /** Share of the pool's slots that are busy, 0..1. */
  readonly utilisation: () => number;
}

/** Which of the claimable workflows run next: the scheduler's order. */
export function chooser({ clock, utilisation }: ChooserDeps) {
  return (candidates: readonly Candidate[]): readonly string[] => {
    // Not spread: of a hundred candidates that takes twice as long.
    const tasks = candidates.map(({ estimateMs, id, priority, queuedAt }) => ({
      id,
      priority,
      enqueuedAt: queuedAt,
      estimateMs,
    }));
    return rank(tasks, { now: clock.now(), utilisation: utilisation() }).map(({ id }) => id);
  };
}
