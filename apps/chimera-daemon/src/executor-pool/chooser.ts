import type { GracefulDegradation } from '@chimera/graceful-degradation';
import { rank } from '@chimera/intelligent-scheduler';
import type { Clock } from '@chimera/policy';
import type { Candidate } from '@chimera/workflow-store';

export interface ChooserDeps {
  readonly clock: Clock;
  /** Share of the pool's slots that are busy, 0..1. */
  readonly utilisation: () => number;
  readonly degradation: GracefulDegradation | undefined;
}

/** Which of the claimable workflows run next: the scheduler's order, over degradation's priority floor. */
export function chooser({ clock, degradation, utilisation }: ChooserDeps) {
  return (candidates: readonly Candidate[]): readonly string[] => {
    const floor = degradation?.limits(1).priorityFloor ?? 0;
    const tasks = candidates
      .filter(({ priority }) => priority >= floor)
      .map((candidate) => ({ ...candidate, enqueuedAt: candidate.queuedAt }));
    return rank(tasks, { now: clock.now(), utilisation: utilisation() }).map(({ id }) => id);
  };
}
