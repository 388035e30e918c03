import { seededRandom } from '@chimera/policy';
import type { ConformanceLaw } from './scorecard.ts';

/**
 * What can happen to a workflow. A second try of what `failed` is due at once; what `failed-for-good`
 * is dead; `interrupted` gives a claim back; `requeued` brings the dead back to the phase in which it
 * died, with its visits counted afresh.
 */
export type WorkflowHappening =
  | 'claimed'
  | 'succeeded'
  | 'rejected'
  | 'failed'
  | 'failed-for-good'
  | 'interrupted'
  | 'cancelled'
  | 'requeued';

export interface WorkflowSeen {
  readonly status: 'queued' | 'waiting' | 'running' | 'completed' | 'dead' | 'cancelled';
  /** The current one; of what is over, the last. */
  readonly phase: string;
  /** Phases whose results are kept. */
  readonly artifacts: readonly string[];
}

export interface WorkflowStep {
  readonly state: unknown;
  /** Phase that is to be run now; undefined: none. */
  readonly runs: string | undefined;
}

/** A pure machine that takes workflows through their phases, in one line. Its states are its own. */
export interface WorkflowUnderTest {
  /** Each leads to the next, the last to completion; a rejection leads to any of them, or to death. */
  readonly phases: readonly { readonly name: string; readonly maxVisits: number }[];
  readonly start: unknown;
  /** What does not apply in a state leaves it as it is, and runs nothing. */
  transition(this: void, state: unknown, happening: WorkflowHappening): WorkflowStep;
  see(this: void, state: unknown): WorkflowSeen;
}

export type WorkflowLaw = ConformanceLaw<WorkflowUnderTest> & { readonly id: string };

const outcomes: readonly WorkflowHappening[] = [
  ...Array.from({ length: 9 }, () => 'succeeded' as const),
  ...Array.from({ length: 6 }, () => 'rejected' as const),
  'failed',
  'failed',
  'failed-for-good',
  'interrupted',
];
const others: readonly WorkflowHappening[] = ['claimed', 'succeeded', 'cancelled', 'failed'];

/** Histories that go deep: mostly what can happen in a state, and at times what cannot. */
export function histories(machine: WorkflowUnderTest): readonly (readonly WorkflowHappening[])[] {
  const random = seededRandom(1);
  const oneOf = (all: readonly WorkflowHappening[]) =>
    all[Math.floor(random() * all.length)] ?? 'claimed';
  return Array.from({ length: 150 }, () => {
    let { start: state } = machine;
    return Array.from({ length: 40 }, () => {
      const { status } = machine.see(state);
      const happening =
        random() < 0.08
          ? oneOf(others)
          : status === 'running'
            ? oneOf(outcomes)
            : status === 'dead'
              ? 'requeued'
              : 'claimed';
      ({ state } = machine.transition(state, happening));
      return happening;
    });
  });
}

/** Throws with the shortest part of the first history that is wrong, if one is. */
export function expectRight(
  all: readonly (readonly WorkflowHappening[])[],
  wrong: (history: readonly WorkflowHappening[]) => string | undefined,
): void {
  for (const history of all) {
    let message = wrong(history);
    if (message === undefined) continue;
    let told = history;
    for (let at = told.length - 1; at >= 0; at -= 1) {
      const shorter = told.toSpliced(at, 1);
      const says = wrong(shorter);
      if (says !== undefined) [told, message] = [shorter, says];
    }
    throw new Error(`${told.join(', ')}: ${message}`);
  }
}
