/** What holds of a queue of jobs with leases, and of a daemon that works it off; by ids that stay. */
export const daemonLaws: readonly { readonly id: string; readonly prose: string }[] = [
  {
    id: 'daemon-1',
    prose: 'What was acknowledged comes to an end: nothing is lost.',
  },
  { id: 'daemon-2', prose: 'Nothing is there that nobody has put in.' },
  { id: 'daemon-3', prose: 'Every claim comes to one outcome, and nothing happens after an end.' },
  { id: 'daemon-4', prose: 'The tokens of a job strictly increase.' },
  { id: 'daemon-5', prose: 'A write is accepted from the holder of the newest token alone.' },
  { id: 'daemon-6', prose: 'A job has one holder at a time.' },
  {
    id: 'daemon-7',
    prose: 'A job runs once, and once more for each failure, verdict, park and interruption.',
  },
  { id: 'daemon-8', prose: 'The effect of a key happens once, however often it is tried.' },
  {
    id: 'daemon-9',
    prose: 'What is claimed is the most urgent that could be, and of those the oldest.',
  },
  { id: 'daemon-10', prose: 'What waits when faults stop is claimed within its bound.' },
  { id: 'daemon-11', prose: 'A smaller pool starts nothing until it has room, and kills nothing.' },
  { id: 'daemon-12', prose: 'Nothing is claimed before it is due.' },
  { id: 'daemon-13', prose: 'Phases come in the order of their definition.' },
  { id: 'daemon-14', prose: 'What is recorded as done was done.' },
];
