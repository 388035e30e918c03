import { describe, expect, test } from 'vitest';
import { checkHistory } from '../history/check-history.ts';
import type { History, JournalLine, LoggedEvent } from '../history/history.ts';

const phases = ['plan', 'implement', 'validate'];

function event(seq: number, type: string, data: LoggedEvent['data']): LoggedEvent {
  return { seq, workflowId: 'w', type, data };
}

function line(what: JournalLine['what'], phase: string, pid: number, instance = 'a'): JournalLine {
  return { what, idempotencyKey: `w:0:${phase}:1`, pid, instance };
}

/** One workflow whose second phase was lost to a crash and ran again. */
const right: History = {
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

function withEvents(change: (events: LoggedEvent[]) => void): History {
  const events = [...right.events];
  change(events);
  return { ...right, events };
}

function withJournal(change: (journal: JournalLine[]) => void): History {
  const journal = [...right.journal];
  change(journal);
  return { ...right, journal };
}

function lawsBroken(history: History): readonly string[] {
  return [...new Set(checkHistory(history).map(({ law }) => law))].sort();
}

test('a history in which a phase was lost to a crash and ran again is right', () => {
  expect(checkHistory(right)).toEqual([]);
});

describe('a planted fault is found:', () => {
  test.each<[string, string, History]>([
    ['a workflow that is not there', 'nothing-lost', { ...right, events: [], journal: [] }],
    ['a workflow without an end', 'nothing-lost', withEvents((events) => events.splice(7))],
    [
      'a submit that made two workflows',
      'submitted-once',
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
      'recorded-once',
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
      'recorded-once',
      withEvents((events) =>
        events.push(event(11, 'interrupted', { status: 'queued', phase: 'validate', token: 4 })),
      ),
    ],
    [
      'a claim that comes to no outcome',
      'recorded-once',
      withEvents((events) => events.splice(4, 1)),
    ],
    ['a phase that was left out', 'in-order', withEvents((events) => events.splice(3, 4))],
    [
      'an event log that is out of order',
      'in-order',
      withEvents((events) => events.splice(1, 2, ...events.slice(1, 3).toReversed())),
    ],
    [
      'a token that was given out twice',
      'tokens-rise',
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
      'no-zombie-writes',
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
      'one-agent-at-a-time',
      withJournal((journal) => journal.splice(4, 0, line('ended', 'implement', 2))),
    ],
    [
      'an agent of a phase that was over',
      'in-order',
      withJournal((journal) => journal.push(line('started', 'plan', 9, 'b'))),
    ],
    [
      'an outcome of work that nobody did',
      'recorded-as-done',
      withJournal((journal) => journal.splice(6, 1)),
    ],
  ])('%s', (_fault, law, history) => {
    expect(lawsBroken(history)).toContain(law);
  });
});
