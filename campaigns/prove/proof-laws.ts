import { deadLetterLaws, workflowLaws } from '@chimera/proving/conformance';
import { daemonLaws } from '@chimera/proving/history';

interface ProofLaw {
  readonly id: string;
  readonly prose: string;
}

/** Laws of a contract, which the daemon as a whole keeps, too. */
function inProse(laws: readonly { readonly id: string; readonly name: string }[]): ProofLaw[] {
  return laws.map(({ id, name }) => ({
    id,
    prose: `${name.charAt(0).toUpperCase()}${name.slice(1)}.`,
  }));
}

const seenInLives: ReadonlySet<string> = new Set(['dlq-1', 'dlq-2', 'dlq-3', 'dlq-4']);

/** What only a whole life shows. */
const ofLives: readonly ProofLaw[] = [
  {
    id: 'daemon-10',
    prose: 'Once faults stop, everything comes to an end within an hour of virtual time.',
  },
  { id: 'daemon-11', prose: 'A smaller pool starts nothing until it has room, and kills nothing.' },
  { id: 'daemon-15', prose: 'A dead letter is requeued once, and its workflow with it.' },
];

/** What every run of the daemon is held to, with the ids of the table. */
export const proofLaws: readonly ProofLaw[] = [
  ...daemonLaws.filter(({ id }) => !ofLives.some((law) => law.id === id)),
  ...ofLives,
  ...inProse(deadLetterLaws.filter(({ id }) => seenInLives.has(id))),
  ...inProse(workflowLaws),
  { id: 'pool-1', prose: 'When all is over nothing runs, and nobody holds a lease.' },
];
