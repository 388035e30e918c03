import type {
  WorkflowHappening,
  WorkflowSeen,
  WorkflowStep,
  WorkflowUnderTest,
} from '../conformance/workflow-under-test.ts';

export interface SpecimenState extends WorkflowSeen {
  readonly visits: Readonly<Record<string, number>>;
}

const maxVisits = 2;
const names = ['plan', 'code', 'check'];

/** A small workflow machine that keeps every law, in pieces that a mutant can replace one by one. */
export class SpecimenWorkflow implements WorkflowUnderTest {
  readonly phases: WorkflowUnderTest['phases'] = names.map((name) => ({ name, maxVisits }));
  readonly start: SpecimenState = {
    status: 'queued',
    phase: 'plan',
    artifacts: [],
    visits: { plan: 1 },
  };

  readonly see = (state: unknown): WorkflowSeen => state as SpecimenState;

  readonly transition = (from: unknown, happening: WorkflowHappening): WorkflowStep => {
    const state = from as SpecimenState;
    if (happening === 'claimed' && this.mayClaim(state))
      return { state: { ...state, status: 'running' }, runs: this.due(state) };
    return { state: this.next(state, happening), runs: undefined };
  };

  protected next(state: SpecimenState, happening: WorkflowHappening): SpecimenState {
    const { phase, status } = state;
    if (happening === 'requeued')
      return status === 'dead' ? { ...state, status: 'queued', visits: { [phase]: 1 } } : state;
    if (happening === 'cancelled')
      return ['completed', 'dead'].includes(status) ? state : { ...state, status: 'cancelled' };
    return this.isAnswered(state) ? this.ended(state, happening) : state;
  }

  protected ended(state: SpecimenState, happening: WorkflowHappening): SpecimenState {
    switch (happening) {
      case 'succeeded':
        return this.entered(this.kept(state), names[names.indexOf(state.phase) + 1]);
      case 'rejected':
        return this.entered(state, state.phase === 'plan' ? 'plan' : 'code');
      case 'failed':
        return { ...state, status: 'waiting' };
      case 'interrupted':
        return { ...state, status: 'queued' };
      case 'failed-for-good':
        return { ...state, status: 'dead' };
      case 'claimed':
      case 'cancelled':
      case 'requeued':
        return state;
    }
  }

  protected entered(state: SpecimenState, phase: string | undefined): SpecimenState {
    if (phase === undefined) return { ...state, status: 'completed' };
    const visit = (state.visits[phase] ?? 0) + 1;
    if (!this.mayEnter(phase, visit)) return { ...state, status: 'dead' };
    return { ...state, status: 'queued', phase, visits: { ...state.visits, [phase]: visit } };
  }

  protected kept(state: SpecimenState): SpecimenState {
    return { ...state, artifacts: [...state.artifacts, state.phase] };
  }

  protected mayEnter(_phase: string, visit: number): boolean {
    return visit <= maxVisits;
  }

  protected mayClaim({ status }: SpecimenState): boolean {
    return status === 'queued' || status === 'waiting';
  }

  protected due({ phase }: SpecimenState): string | undefined {
    return phase;
  }

  /** Whether an outcome is of a run that there is. */
  protected isAnswered({ status }: SpecimenState): boolean {
    return status === 'running';
  }
}
