import { describe, expect, test } from 'vitest';
import {
  type AgentLine,
  checkEventLog,
  type DaemonLife,
  type LoggedEvent,
} from '../../src/history.ts';

const phases = ['plan', 'implement', 'validate'];

function event(seq: number, type: string, data: LoggedEvent['data']): LoggedEvent {
  return { seq, workflowId: 'w', type, data };
}

function line(what: AgentLine['what'], phase: string, pid: number, instance = 'a'): AgentLine {
  return { what, idempotencyKey: `w:0:${phase}:1`, pid, instance };
}

/** One workflow whose second phase was lost to a crash and ran again. */
const right: DaemonLife = {
  phases,
  acknowledgements: [{ workflowId: 'w', key: 'k' }],
  events: [
    event(1, 'submitted', { status: 'queued', phase: 'plan' }),
    event(2, 'claimed', { status: 'running', phase: 'plan', token: 1 }),
    event(3, 'phase-succeeded', { status: 'queued', phase: 'plan', token: 1 }),
    event(5, 'claimed', { status: 'running', phase: 'implement', token: 2 }),
    event(6, 'interrupted', { status: 'queued', phase: 'implement', token: 2 }),
    event(7, 'claimed', { status: 'running', phase: 'implement', token: 3 }),
    event(8, 'phase-succeeded', { status: 'queued', phase: 'implement', token: 3 }),
    event(9, 'claimed', { status: 'running', phase: 'validate', token: 4 }),
    event(10, 'phase-succeeded', { status: 'completed', phase: 'validate', token: 4 }),
  ],
  journal: [
    line('started', 'plan', 1),
    line('ended', 'plan', 1),
    line('started', 'implement', 2),
    line('started', 'implement', 3, 'b'),
    line('ended', 'implement', 3, 'b'),
    line('started', 'validate', 4, 'b'),
    line('ended', 'validate', 4, 'b'),
  ],
};

function withEvents(change: (events: LoggedEvent[]) => void): DaemonLife {
  const events = [...right.events];
  change(events);
  return { ...right, events };
}

function withJournal(change: (journal: AgentLine[]) => void): DaemonLife {
  const journal = [...(right.journal ?? [])];
  change(journal);
  return { ...right, journal };
}

function lawsBroken(history: DaemonLife): readonly string[] {
  return [...new Set(checkEventLog(history).violations.map(({ law }) => law))].sort();
}

/** One workflow with everything that may happen to it: a failure, a verdict, a limit, a death and a second life. */
const eventful: readonly LoggedEvent[] = [
  event(1, 'submitted', { status: 'queued', phase: 'plan' }),
  { ...event(2, 'claimed', { status: 'running', phase: 'plan', token: 1 }), at: 10 },
  event(3, 'phase-failed', { status: 'waiting', phase: 'plan', token: 1, retryAt: 50 }),
  { ...event(4, 'claimed', { status: 'running', phase: 'plan', token: 2 }), at: 50 },
  event(5, 'parked', { status: 'waiting', phase: 'plan', token: 2, until: 90 }),
  event(6, 'woken', { status: 'queued', phase: 'plan' }),
  { ...event(7, 'claimed', { status: 'running', phase: 'plan', token: 3 }), at: 60 },
  event(8, 'phase-succeeded', {
    status: 'queued',
    phase: 'plan',
    nextPhase: 'implement',
    token: 3,
  }),
  event(9, 'claimed', { status: 'running', phase: 'implement', token: 4 }),
  event(10, 'phase-succeeded', {
    status: 'queued',
    phase: 'implement',
    nextPhase: 'validate',
    token: 4,
  }),
  event(11, 'claimed', { status: 'running', phase: 'validate', token: 5 }),
  event(12, 'phase-rejected', {
    status: 'queued',
    phase: 'validate',
    nextPhase: 'implement',
    token: 5,
  }),
  event(13, 'claimed', { status: 'running', phase: 'implement', token: 6 }),
  event(14, 'phase-failed', { status: 'dead', phase: 'implement', token: 6 }),
  event(15, 'requeued', { status: 'queued', phase: 'implement' }),
  event(16, 'claimed', { status: 'running', phase: 'implement', token: 7 }),
  event(17, 'cancel-requested', { status: 'running', phase: 'implement' }),
  event(18, 'interrupted', { status: 'cancelled', phase: 'implement', token: 7 }),
];

test('a history of failures, verdicts, limits, deaths and second lives is right, and every law was looked at', () => {
  const { acknowledgements } = right;
  const { checked, violations } = checkEventLog({ phases, acknowledgements, events: eventful });
  expect(violations).toEqual([]);
  expect(Object.keys(checked).sort()).toEqual(
    ['1', '12', '13', '2', '3', '4', '5', '7'].map((number) => `daemon-${number}`),
  );
});

test('any event of it that is left out, doubled or exchanged with the next is missed, or makes no difference to anybody', () => {
  const { acknowledgements } = right;
  const isWrong = (events: readonly LoggedEvent[]) =>
    checkEventLog({ phases, acknowledgements, events }).violations.length > 0;
  const unseen = eventful.flatMap(({ type }, index) => {
    const without = eventful.toSpliced(index, 1);
    const doubled = eventful.toSpliced(index, 0, ...eventful.slice(index, index + 1));
    return [
      ...(isWrong(without) ? [] : [`without ${type}`]),
      ...(isWrong(doubled) ? [] : [`twice ${type}`]),
    ];
  });
  // Nothing follows from these but what the claim after them shows.
  expect(unseen).toEqual(['without submitted', 'without cancel-requested']);
});

test('a claim before the retry is due is found, and one after a wake-up is none', () => {
  const { acknowledgements } = right;
  const early = eventful.map((each) => (each.seq === 4 ? { ...each, at: 49 } : each));
  const { violations } = checkEventLog({ phases, acknowledgements, events: early });
  expect(violations).toEqual([
    { law: 'daemon-12', subject: 'w', message: 'event 4 (claimed) at 49, and due at 50' },
  ]);
});

test('a history in which a phase was lost to a crash and ran again is right', () => {
  expect(checkEventLog(right).violations).toEqual([]);
});

describe('a planted fault is found:', () => {
  test.each<[string, string, DaemonLife]>([
    ['a workflow that is not there', 'daemon-1', { ...right, events: [], journal: [] }],
    ['a workflow without an end', 'daemon-1', withEvents((events) => events.splice(7))],
    [
      'a submit that made two workflows',
      'daemon-2',
      {
        ...right,
        events: [
          ...right.events,
          { ...event(11, 'submitted', { status: 'queued', phase: 'plan' }), workflowId: 'w2' },
        ],
      },
    ],
    [
      'an outcome that is recorded twice',
      'daemon-3',
      withEvents((events) =>
        events.splice(
          3,
          0,
          event(4, 'phase-succeeded', { status: 'queued', phase: 'plan', token: 1 }),
        ),
      ),
    ],
    [
      'an outcome after the end',
      'daemon-3',
      withEvents((events) =>
        events.push(event(11, 'interrupted', { status: 'queued', phase: 'validate', token: 4 })),
      ),
    ],
    ['a claim that comes to no outcome', 'daemon-3', withEvents((events) => events.splice(4, 1))],
    [
      'a phase that runs once more, and nothing has ended it',
      'daemon-7',
      withEvents((events) =>
        events.splice(4, 1, event(6, 'woken', { status: 'queued', phase: 'implement' })),
      ),
    ],
    ['a phase that was left out', 'daemon-13', withEvents((events) => events.splice(3, 4))],
    [
      'an event log that is out of order',
      'daemon-13',
      withEvents((events) => events.splice(1, 2, ...events.slice(1, 3).toReversed())),
    ],
    [
      'a token that was given out twice',
      'daemon-4',
      withEvents((events) =>
        events.splice(
          5,
          2,
          event(7, 'claimed', { status: 'running', phase: 'implement', token: 2 }),
          event(8, 'phase-succeeded', { status: 'queued', phase: 'implement', token: 2 }),
        ),
      ),
    ],
    [
      'a write of a holder whose lease somebody else has',
      'daemon-5',
      withEvents((events) =>
        events.splice(
          6,
          1,
          event(8, 'phase-succeeded', { status: 'queued', phase: 'implement', token: 2 }),
        ),
      ),
    ],
    [
      'an agent that outlived its daemon and went on beside the next one',
      'daemon-6',
      withJournal((journal) => journal.splice(4, 0, line('ended', 'implement', 2))),
    ],
    [
      'an agent of a phase that was over',
      'daemon-13',
      withJournal((journal) => journal.push(line('started', 'plan', 9, 'b'))),
    ],
    [
      'an outcome of work that nobody did',
      'daemon-14',
      withJournal((journal) => journal.splice(6, 1)),
    ],
  ])('%s', (_fault, law, history) => {
    expect(lawsBroken(history)).toContain(law);
  });
});
