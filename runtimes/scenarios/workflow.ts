import { defineWorkflow, initialState, standard, transition, why } from '@chimera/workflow';
import { ending, type Finding } from './finding.ts';

const phases = [
  { name: 'write', stage: 'implementation', agent: 'writer', timeout: '5m' },
  { name: 'read', stage: 'validation', agent: 'reader', timeout: '1m', onRejected: 'write' },
] as const;

export async function play(): Promise<readonly Finding[]> {
  const review = defineWorkflow({ name: 'review', phases });
  const begun = transition(review, initialState(review), { type: 'claimed', at: 0 });
  const draft = { type: 'phase-succeeded', at: 9, output: 'a draft' } as const;
  const { state } = transition(review, begun.state, draft);
  const mistyped = async () =>
    defineWorkflow({ name: 'review', phases: [{ ...phases[1], onRejected: 'wrte' }] });
  return [
    {
      claim: 'a workflow goes on to its next phase',
      seen: [begun.commands, state.phase, why(state, 10).words],
      wanted: [
        [{ type: 'run-phase', phase: 'write', attempt: 1 }],
        'read',
        'phase "read" waits for a free slot (next-phase)',
      ],
    },
    {
      claim: 'a definition has a SHA-256 of its own',
      seen: [/^[0-9a-f]{64}$/.test(review.hash), review.hash === standard.hash],
      wanted: [true, false],
    },
    {
      claim: 'a wrong definition is refused',
      seen: await ending(mistyped()),
      wanted: 'INVALID_DEFINITION',
    },
  ];
}
