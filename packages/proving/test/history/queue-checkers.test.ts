import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkEffectivelyOnce,
  checkLeases,
  checkPriorityOrder,
  checkTotalQueue,
  daemonLaws,
  type HistoryEvent,
  type LeaseGiven,
  operationsOf,
  Recorder,
} from '../../src/history.ts';
import { queueHistory } from './queue-history.ts';

type Line = readonly [
  process: string,
  type: HistoryEvent['type'],
  op: string,
  value?: unknown,
  at?: number,
];

function history(...lines: readonly Line[]): readonly HistoryEvent[] {
  return lines.map(([process, type, op, value, at], index) => ({
    index,
    process,
    type,
    op,
    value,
    ...(at === undefined ? {} : { at }),
  }));
}

/** A call that is over before the next one begins. */
function done(op: string, asked: unknown, answer?: unknown, process = 'p'): readonly Line[] {
  return [
    [process, 'invoke', op, asked],
    [process, 'ok', op, answer],
  ];
}

function claim(job: string, token: number, from = 0, until = 10, process = 'p'): readonly Line[] {
  return done('claim', undefined, { job, token, from, until }, process);
}

function under(op: string, token: number, answer?: unknown, process = 'p'): readonly Line[] {
  return done(op, { job: 'j', token }, answer, process);
}

function broken({ violations }: { readonly violations: readonly { readonly law: string }[] }) {
  return violations.map(({ law }) => law);
}

describe('the recorder', () => {
  test('writes down a call, and what came of it', async () => {
    const recorder = new Recorder();
    await recorder.record('p', 'work', 1, async () => 2);
    const failing = recorder.record('p', 'work', 3, () => Promise.reject(new Error('down')));
    await expect(failing).rejects.toThrow('down');
    await recorder
      .record(
        'p',
        'work',
        4,
        () => Promise.reject(new Error('refused')),
        () => true,
      )
      .catch(() => undefined);
    expect(recorder.events.map(({ index, type, value }) => [index, type, value])).toEqual([
      [0, 'invoke', 1],
      [1, 'ok', 2],
      [2, 'invoke', 3],
      [3, 'info', 'Error: down'],
      [4, 'invoke', 4],
      [5, 'fail', 'Error: refused'],
    ]);
  });

  test('lets a process do one thing at a time, and end it once', () => {
    const recorder = new Recorder();
    const call = recorder.invoke('p', 'work');
    expect(() => recorder.invoke('p', 'rest')).toThrow('p calls rest while its work is open');
    call.ok();
    expect(() => call.ok()).toThrow('this work of p is over');
  });

  test('a history whose ends belong to no call is refused', () => {
    expect(() => operationsOf(history(['p', 'ok', 'work']))).toThrow('event 0 ends a call');
  });
});

describe('the total queue', () => {
  const right = history(
    ...done('enqueue', 'a'),
    ['q', 'invoke', 'enqueue', 'b'],
    ...done('dequeue', undefined, 'a'),
    ['q', 'info', 'enqueue'],
    ...done('dequeue', undefined, undefined),
    ...done('drain', undefined, ['b']),
  );

  test('takes what nobody heard of and came out for recovered', () => {
    expect(checkTotalQueue(right)).toMatchObject({
      attempted: 2,
      acknowledged: 1,
      lost: [],
      duplicated: [],
      unexpected: [],
      recovered: ['b'],
      violations: [],
    });
  });

  test.each([
    ['lost', 'a', done('enqueue', 'a')],
    [
      'duplicated',
      'a',
      [...done('enqueue', 'a'), ...done('dequeue', 0, 'a'), ...done('drain', 0, ['a'])],
    ],
    ['unexpected', 'x', done('drain', undefined, ['x'])],
    ['unexpected', 'a', [...done('dequeue', 0, 'a'), ...done('enqueue', 'a')]],
    [
      'unexpected',
      'a',
      [
        ['p', 'invoke', 'enqueue', 'a'],
        ['p', 'fail', 'enqueue'],
        ...done('dequeue', undefined, 'a'),
      ],
    ],
  ] as const)('finds what is %s: %s', (kind, value, lines) => {
    expect(checkTotalQueue(history(...lines))[kind]).toEqual([value]);
  });

  test('of a queue that may give out twice, twice is right and never is not', () => {
    const twice = history(...done('enqueue', 'a'), ...done('drain', 0, ['a', 'a']));
    expect(checkTotalQueue(twice, { atLeastOnce: true }).violations).toEqual([]);
    const never = history(...done('enqueue', 'a'));
    expect(checkTotalQueue(never, { atLeastOnce: true }).lost).toEqual(['a']);
  });
});

describe('leases', () => {
  test('a holder that lost its lease may try, and is refused', () => {
    const events = history(
      ...claim('j', 1),
      ...claim('j', 2, 10, 20, 'q'),
      ['p', 'invoke', 'write', { job: 'j', token: 1 }],
      ['p', 'fail', 'write'],
      ...under('write', 2, undefined, 'q'),
      ...under('release', 2, { at: 15 }, 'q'),
      ...claim('j', 3, 15, 25),
    );
    expect(checkLeases(events).violations).toEqual([]);
  });

  test('a write that overlaps the next claim may have been before it', () => {
    const events = history(
      ...claim('j', 1),
      ['p', 'invoke', 'write', { job: 'j', token: 1 }],
      ...claim('j', 2, 10, 20, 'q'),
      ['p', 'ok', 'write'],
    );
    expect(checkLeases(events).violations).toEqual([]);
  });

  test.each<[string, string, readonly Line[]]>([
    ['a token that is given twice', 'daemon-4', [...claim('j', 1), ...claim('j', 1, 10)]],
    ['a token that falls', 'daemon-4', [...claim('j', 2), ...claim('j', 1, 10)]],
    [
      'a write with an older token',
      'daemon-5',
      [...claim('j', 1), ...claim('j', 2, 10), ...under('write', 1)],
    ],
    [
      'a renewal with an older token',
      'daemon-5',
      [...claim('j', 1), ...claim('j', 2, 10), ...under('renew', 1, { until: 9 })],
    ],
    ['a write with a token of nobody', 'daemon-5', [...claim('j', 1), ...under('write', 7)]],
    ['two holders at once', 'daemon-6', [...claim('j', 1, 0, 10), ...claim('j', 2, 9, 20)]],
    [
      'a holder beside one who has renewed',
      'daemon-6',
      [...claim('j', 1), ...under('renew', 1, { until: 18 }), ...claim('j', 2, 15, 25)],
    ],
    [
      'a holder before the release',
      'daemon-6',
      [...claim('j', 1), ...claim('j', 2, 5), ...under('release', 1, { at: 6 })],
    ],
  ])('finds %s', (_, law, lines) => {
    expect(broken(checkLeases(history(...lines)))).toContain(law);
  });
});

describe('priorities', () => {
  const put = (id: string, priority: number, more = {}) =>
    done('enqueue', { id, priority, ...more });

  test('what comes while a claim is under way may be passed over', () => {
    const events = history(
      ...put('low', 1),
      ['p', 'invoke', 'claim'],
      ...done('enqueue', { id: 'high', priority: 9 }, undefined, 'q'),
      ['p', 'ok', 'claim', 'low'],
      ...done('claim', undefined, 'high'),
    );
    expect(checkPriorityOrder(events).violations).toEqual([]);
  });

  test.each<[string, string, readonly Line[]]>([
    [
      'a claim past a higher priority',
      'daemon-9',
      [
        ...put('low', 1),
        ...put('high', 2),
        ...done('claim', 0, 'low'),
        ...done('claim', 0, 'high'),
      ],
    ],
    [
      'a claim past an older one',
      'daemon-9',
      [...put('old', 1), ...put('new', 1), ...done('claim', 0, ['new'])],
    ],
    [
      'a claim before it is due',
      'daemon-12',
      [
        ...put('a', 1, { dueAt: 50 }),
        ['p', 'invoke', 'claim', undefined, 40],
        ['p', 'ok', 'claim', 'a', 45],
      ],
    ],
  ])('finds %s', (_, law, lines) => {
    expect(broken(checkPriorityOrder(history(...lines)))).toEqual([law]);
  });

  test.each<[string, readonly Line[]]>([
    ['is not due', [...put('later', 9, { dueAt: 99 }), ...put('low', 1)]],
    ['was removed', [...put('gone', 9), ...put('low', 1), ...done('remove', 'gone')]],
    [
      'may be in the hands of somebody who was cut off',
      [...put('high', 9), ...put('low', 1), ['q', 'invoke', 'claim'], ['q', 'info', 'claim']],
    ],
  ])('what %s may be passed over', (_, lines) => {
    const events = history(
      ...lines,
      ['p', 'invoke', 'claim', undefined, 10],
      ['p', 'ok', 'claim', 'low', 10],
    );
    expect(checkPriorityOrder(events).violations).toEqual([]);
  });
});

describe('effects', () => {
  const request = done('request', 'k');
  test.each<[string, readonly string[], readonly Line[]]>([
    [
      'once, of two tries',
      [],
      [...request, ['p', 'invoke', 'effect', 'k'], ['p', 'info', 'effect'], ...done('effect', 'k')],
    ],
    ['twice', ['daemon-8'], [...request, ...done('effect', 'k'), ...done('effect', 'k')]],
    ['unasked', ['daemon-2'], done('effect', 'k')],
    ['never', ['daemon-1'], request],
  ])('%s', (_, laws, lines) => {
    expect(broken(checkEffectivelyOnce(history(...lines)))).toEqual(laws);
  });
});

function idOf({ op, type, value }: HistoryEvent): unknown {
  if (value === undefined || type === 'fail') return undefined;
  if (op === 'enqueue') return (value as { id: string }).id;
  return (value as LeaseGiven).job;
}

/** The parts of a history of the model as each checker reads them. */
function views(events: readonly HistoryEvent[], left: readonly string[]) {
  const index = events.length;
  const drain = [
    { index, process: 'd', type: 'invoke', op: 'drain', value: undefined },
    { index: index + 1, process: 'd', type: 'ok', op: 'drain', value: left },
  ] as const;
  const releases = events.map((event): HistoryEvent => {
    if (event.op === 'enqueue') return { ...event, value: idOf(event) };
    return event.op === 'release' ? { ...event, op: 'dequeue' } : event;
  });
  // Who releases takes it out: the answer of a dequeue is its job.
  const job = new Map<string, unknown>();
  const total = releases.map((event): HistoryEvent => {
    if (event.op !== 'dequeue') return event;
    if (event.type === 'invoke') job.set(event.process, (event.value as LeaseGiven).job);
    return event.type === 'ok' ? { ...event, value: job.get(event.process) } : event;
  });
  const priority = events.map((event): HistoryEvent =>
    event.op === 'claim' && event.type === 'ok' ? { ...event, value: idOf(event) } : event,
  );
  return { leases: events, total: [...total, ...drain], priority };
}

const seeds = fc.noShrink(fc.nat(1_000_000));

test('histories of a queue that is right are right, however its calls overlap and whoever is cut off', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const { events, left } = queueHistory({ seed, unheard: 0 });
      const { leases, total } = views(events, left);
      expect(checkLeases(leases).violations).toEqual([]);
      expect(checkTotalQueue(total).violations).toEqual([]);
      const unheard = queueHistory({ seed, leaseMs: Infinity });
      expect(checkLeases(unheard.events).violations).toEqual([]);
      const claimedOnce = views(unheard.events, unheard.left);
      expect(checkPriorityOrder(claimedOnce.priority).violations).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('any single value that is lost, taken twice or made up is found', () => {
  fc.assert(
    fc.property(seeds, fc.nat(), (seed, pick) => {
      const { events, left } = queueHistory({ seed, unheard: 0 });
      const { total } = views(events, left);
      const takes = total.filter(
        ({ op, type, value }) => op === 'dequeue' && type === 'ok' && value !== undefined,
      );
      const take = takes[pick % Math.max(1, takes.length)];
      fc.pre(take !== undefined);
      const withValue = (value: unknown) =>
        total.map((event) => (event === take ? { ...event, value } : event));
      expect(checkTotalQueue(withValue(undefined)).lost).toEqual([take?.value]);
      expect(checkTotalQueue(withValue([take?.value, take?.value])).duplicated).toEqual([
        take?.value,
      ]);
      expect(checkTotalQueue(withValue([take?.value, 'made up'])).unexpected).toEqual(['made up']);
    }),
    { numRuns: 150 },
  );
});

test('any two claims of a queue used by one process that are exchanged are found, when it matters which came first', () => {
  let exchanged = 0;
  fc.assert(
    fc.property(seeds, fc.nat(), (seed, pick) => {
      const recorder = new Recorder();
      const random = fc.sample(fc.nat(2), { seed, numRuns: 12 });
      const jobs = random.map((priority, order) => ({ id: `job-${order}`, priority, order }));
      for (const { id, priority } of jobs) recorder.invoke('p', 'enqueue', { id, priority }).ok();
      const inOrder = jobs.toSorted(
        (one, other) => other.priority - one.priority || one.order - other.order,
      );
      for (const { id } of inOrder) recorder.invoke('p', 'claim').ok(id);
      expect(checkPriorityOrder(recorder.events).violations).toEqual([]);
      const claims = recorder.events.filter(({ op, type }) => op === 'claim' && type === 'ok');
      const at = pick % (claims.length - 1);
      const [one, other] = [claims[at], claims[at + 1]];
      const bad = recorder.events.map((event) => {
        if (event === one) return { ...event, value: other?.value };
        return event === other ? { ...event, value: one?.value } : event;
      });
      exchanged += 1;
      expect(broken(checkPriorityOrder(bad))).toEqual(['daemon-9']);
    }),
    { numRuns: 150 },
  );
  expect(exchanged).toBeGreaterThan(100);
});

test('any single token of a claim that is exchanged for an older one is found', () => {
  let found = 0;
  fc.assert(
    fc.property(seeds, (seed) => {
      const { events } = queueHistory({ seed, leaseMs: 3, unheard: 0 });
      for (const event of events) {
        const given = event.value as LeaseGiven | undefined;
        if (event.op !== 'claim' || event.type !== 'ok' || given === undefined) continue;
        if (given.token < 2) continue;
        const bad = events.map((each) =>
          each === event ? { ...each, value: { ...given, token: given.token - 1 } } : each,
        );
        expect(broken(checkLeases(bad))).toContain('daemon-4');
        found += 1;
      }
    }),
    { numRuns: 60 },
  );
  expect(found).toBeGreaterThan(50);
});

test('every law of a daemon has an id of its own, and says what holds', () => {
  const ids = daemonLaws.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(daemonLaws.every(({ prose }) => prose.endsWith('.'))).toBe(true);
});
