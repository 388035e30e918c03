import type { WorkflowHappening, WorkflowUnderTest } from '../conformance/workflow-under-test.ts';
import type { ContractMutant } from './contract-mutant.ts';
import { type SpecimenState, SpecimenWorkflow } from './specimen-workflow.ts';

function mutant(
  name: string,
  breaks: string,
  says: string,
  Made: new () => SpecimenWorkflow,
): ContractMutant<WorkflowUnderTest> {
  return { name: `workflow/${name}`, says, breaks, create: () => new Made() };
}

/** Workflow machines with one mistake each; every law of theirs has one that it finds. */
export const workflowMutants: readonly ContractMutant<WorkflowUnderTest>[] = [
  mutant(
    'counts-beside',
    'workflow-1',
    'counts the rejections of all workflows together, beside their states',
    class extends SpecimenWorkflow {
      #rejections = 0;

      protected override ended(state: SpecimenState, happening: WorkflowHappening): SpecimenState {
        if (happening === 'rejected') this.#rejections += 1;
        const isTooMuch = happening === 'rejected' && this.#rejections % 4 === 0;
        return isTooMuch ? { ...state, status: 'dead' } : super.ended(state, happening);
      }
    },
  ),
  mutant(
    'writes-into-states',
    'workflow-1',
    'adds artifacts to the list of the state before',
    class extends SpecimenWorkflow {
      protected override kept(state: SpecimenState): SpecimenState {
        (state.artifacts as string[]).push(state.phase);
        return state;
      }
    },
  ),
  mutant(
    'lost-in-json',
    'workflow-1',
    'leaves an artifact undefined, which JSON makes null',
    class extends SpecimenWorkflow {
      protected override kept(state: SpecimenState): SpecimenState {
        const artifacts = state.artifacts.filter((phase) => phase !== undefined);
        return { ...state, artifacts: [...artifacts, state.phase, undefined as unknown as string] };
      }
    },
  ),
  mutant(
    'forgets-in-rework',
    'workflow-2',
    'begins the rework with an empty list of artifacts',
    class extends SpecimenWorkflow {
      protected override ended(state: SpecimenState, happening: WorkflowHappening): SpecimenState {
        return super.ended(
          happening === 'rejected' ? { ...state, artifacts: [] } : state,
          happening,
        );
      }
    },
  ),
  mutant(
    'skips-the-last',
    'workflow-2',
    'is completed by the last phase but one',
    class extends SpecimenWorkflow {
      protected override entered(state: SpecimenState, phase: string | undefined): SpecimenState {
        return super.entered(state, phase === 'check' ? undefined : phase);
      }
    },
  ),
  mutant(
    'never-there',
    'workflow-2',
    'finds no way to completion',
    class extends SpecimenWorkflow {
      protected override entered(state: SpecimenState, phase: string | undefined): SpecimenState {
        return super.entered(state, phase ?? 'plan');
      }
    },
  ),
  mutant(
    'one-visit-more',
    'workflow-3',
    'allows a visit more than the definition',
    class extends SpecimenWorkflow {
      protected override mayEnter(phase: string, visit: number): boolean {
        return super.mayEnter(phase, visit - 1);
      }
    },
  ),
  mutant(
    'claimed-twice',
    'workflow-4',
    'lets somebody claim what runs already',
    class extends SpecimenWorkflow {
      protected override mayClaim(state: SpecimenState): boolean {
        return super.mayClaim(state) || state.status === 'running';
      }
    },
  ),
  mutant(
    'late-outcome',
    'workflow-4',
    'takes the outcome of a run that is over',
    class extends SpecimenWorkflow {
      protected override isAnswered(state: SpecimenState): boolean {
        return super.isAnswered(state) || state.status === 'queued';
      }
    },
  ),
  mutant(
    'claims-and-sleeps',
    'workflow-4',
    'forgets to run what it has claimed for a second visit',
    class extends SpecimenWorkflow {
      protected override due(state: SpecimenState): string | undefined {
        return state.visits[state.phase] === 1 ? super.due(state) : undefined;
      }
    },
  ),
];
