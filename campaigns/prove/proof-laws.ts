import { daemonLaws } from '@chimera/proving/history';

/** What every run of the daemon is held to, with the ids of the table. */
export const proofLaws: readonly { readonly id: string; readonly prose: string }[] = [
  ...daemonLaws,
  {
    id: 'daemon-10',
    prose: 'Once faults stop, everything comes to an end within an hour of virtual time.',
  },
  { id: 'daemon-11', prose: 'A smaller pool starts nothing until it has room, and kills nothing.' },
  { id: 'dlq-1', prose: 'Every death has one dead letter.' },
  { id: 'dlq-2', prose: 'A workflow is dead exactly while its dead letter is open.' },
  { id: 'dlq-3', prose: 'That holds at every instant at which the daemon is killed.' },
  { id: 'dlq-4', prose: 'A dead letter tells the error that its workflow died of.' },
  { id: 'dlq-5', prose: 'A dead letter is requeued once, and its workflow with it.' },
  { id: 'workflow-1', prose: "What is stored is where the log's last event leads." },
  { id: 'workflow-2', prose: 'What is completed has an artifact of every phase.' },
  { id: 'workflow-3', prose: 'A phase is visited as often as its definition allows at most.' },
  { id: 'workflow-4', prose: 'Every claim of the log is a phase run with an end.' },
  { id: 'pool-1', prose: 'When all is over nothing runs, and nobody holds a lease.' },
];
