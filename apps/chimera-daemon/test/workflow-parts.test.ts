import type { WorkflowProfilePart, WorkflowProfileView } from '@chimera/client';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { StoredEvent, WorkflowRecord } from '@chimera/workflow-store';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { PerformanceProfiler } from '../src/profiling/performance-profiler.ts';
import { speedscopeOf } from '../src/profiling/speedscope.ts';
import { workflowParts } from '../src/profiling/workflow-parts.ts';
import type { WorkflowTimings } from '../src/telemetry/recent-timings.ts';

const id = 'w-1';
type Words = Record<string, string | number>;

function event(at: number, type: StoredEvent['type'], data: Words): StoredEvent {
  return { seq: at, workflowId: id, at, type, data };
}

/** Only what a profile looks at. */
function recordOf(more: Partial<WorkflowRecord>): WorkflowRecord {
  const record = { id, definition: 'work', createdAt: 0, runAt: 0, state: { status: 'completed' } };
  return { ...record, ...more } as unknown as WorkflowRecord;
}

/** Commits by the event's `seq`. */
function commitsAt(instants: ReadonlyMap<number, number>): WorkflowTimings['commitOf'] {
  return (seq) => {
    const committedAt = instants.get(seq);
    return committedAt === undefined ? undefined : { committedAt, operations: 1 };
  };
}

/** Kind, begin and end of each part. */
function laid(parts: readonly WorkflowProfilePart[]): readonly unknown[] {
  return parts.map(({ endedAt, kind, reason, startedAt }) => [
    reason === null ? kind : `${kind} ${reason}`,
    startedAt,
    endedAt,
  ]);
}

const history = [
  event(0, 'submitted', { phase: 'plan', status: 'queued' }),
  event(100, 'claimed', { phase: 'plan', status: 'running', token: 1, attempt: 1, agent: 'a' }),
  event(200, 'phase-failed', { phase: 'plan', status: 'waiting', token: 1, retryAt: 300 }),
  event(350, 'claimed', { phase: 'plan', status: 'running', token: 2, attempt: 2, agent: 'a' }),
  event(500, 'phase-succeeded', {
    phase: 'plan',
    nextPhase: 'check',
    status: 'queued',
    token: 2,
  }),
  event(560, 'claimed', { phase: 'check', status: 'running', token: 3, attempt: 1, agent: 'b' }),
  event(600, 'phase-succeeded', { phase: 'check', status: 'completed', token: 3 }),
];
const committedAt = new Map([
  [0, 10],
  [100, 105],
  [200, 210],
  [350, 350],
  [500, 520],
  [560, 561],
  [600, 620],
]);
const timings: WorkflowTimings = {
  commitOf: commitsAt(committedAt),
  calls: [
    { token: 1, agent: 'a', startedAt: 120, endedAt: 190 },
    { token: 2, agent: 'a', startedAt: 360, endedAt: 500 },
    { token: 3, agent: 'b', startedAt: 561, endedAt: 599.5 },
  ],
};

describe('the time of a workflow', () => {
  test('is its queue, slots, agents, database, waits, and what the daemon did between', () => {
    const { isMeasured, parts } = workflowParts(
      recordOf({ finishedAt: 600 }),
      history,
      timings,
      9_999,
    );
    expect(isMeasured).toBe(true);
    expect(laid(parts)).toEqual([
      ['database', 0, 10],
      ['queue', 10, 100],
      ['database', 100, 105],
      ['transition', 105, 120],
      ['agent', 120, 190],
      ['transition', 190, 200],
      ['database', 200, 210],
      ['waiting retry', 210, 300],
      ['slot', 300, 350],
      ['transition', 350, 360],
      ['agent', 360, 500],
      ['database', 500, 520],
      ['slot', 520, 560],
      ['database', 560, 561],
      ['agent', 561, 599.5],
      ['transition', 599.5, 600],
    ]);
    expect(parts.map(({ phase }) => phase).lastIndexOf('plan')).toBe(10);
    expect(parts[4]).toMatchObject({ phase: 'plan', attempt: 1, agent: 'a' });
  });

  test('is told from the event log alone when nothing else is remembered', () => {
    const told = workflowParts(recordOf({ finishedAt: 600 }), history, undefined, 9_999);
    expect(told.isMeasured).toBe(false);
    expect(laid(told.parts)).toEqual([
      ['queue', 0, 100],
      ['agent', 100, 200],
      ['waiting retry', 200, 300],
      ['slot', 300, 350],
      ['agent', 350, 500],
      ['slot', 500, 560],
      ['agent', 560, 600],
    ]);
  });

  test('goes on until now', () => {
    const running = history.slice(0, 2);
    const { parts } = workflowParts(recordOf({}), running, timings, 150);
    // It has not answered yet, so nobody knows when it was asked.
    expect(laid(parts.slice(3))).toEqual([
      ['transition', 105, 120],
      ['agent', 120, 150],
    ]);
    const { parts: asked } = workflowParts(recordOf({}), running, { ...timings, calls: [] }, 150);
    expect(laid(asked.slice(3))).toEqual([['agent', 105, 150]]);
  });

  test('is no agent’s while the daemon was down after a crash', () => {
    const log = [
      ...history.slice(0, 2),
      event(9_000, 'interrupted', { phase: 'plan', status: 'queued', token: 1, cause: 'crash' }),
      event(9_010, 'claimed', { phase: 'plan', status: 'running', token: 2, agent: 'a' }),
    ];
    const { isMeasured, parts } = workflowParts(recordOf({}), log, undefined, 9_050);
    expect(isMeasured).toBe(false);
    expect(laid(parts)).toEqual([
      ['queue', 0, 100],
      ['waiting crash', 100, 9_000],
      ['slot', 9_000, 9_010],
      ['agent', 9_010, 9_050],
    ]);
    // A stop is told when it comes.
    const stopped = log.map((each) =>
      each.type === 'interrupted' ? { ...each, data: { ...each.data, cause: 'shutdown' } } : each,
    );
    expect(laid(workflowParts(recordOf({}), stopped, undefined, 9_050).parts)[1]).toEqual([
      'agent',
      100,
      9_000,
    ]);
  });

  test('begins anew when it comes back from the dead letter queue', () => {
    const requeued = event(1_000, 'requeued', {
      phase: 'plan',
      nextPhase: 'plan',
      status: 'queued',
    });
    const log = [...history, requeued];
    const { parts } = workflowParts(recordOf({ startedAt: 1 }), log, undefined, 1_100);
    expect(laid(parts)).toEqual([['queue', 1_000, 1_100]]);
  });

  test('is no queueing while it is submitted for later', () => {
    const submitted = history.slice(0, 1);
    const { parts } = workflowParts(recordOf({ runAt: 60 }), submitted, undefined, 100);
    const whole = [
      ['waiting run-at', 0, 60],
      ['queue', 60, 100],
    ];
    expect(laid(parts)).toEqual(whole);
    // Of one that has begun meanwhile, its event tells.
    const later = [event(0, 'submitted', { phase: 'plan', status: 'queued', runAt: 60 })];
    const started = recordOf({ runAt: 300, startedAt: 70 });
    expect(laid(workflowParts(started, later, undefined, 100).parts)).toEqual(whole);
  });

  test('goes on while children are added, and while one of them ends', () => {
    const log = [
      ...history.slice(0, 2),
      event(150, 'children-added', { phase: 'plan', status: 'running', count: 64, total: 65 }),
      event(160, 'child-ended', { phase: 'plan', status: 'running', index: 0 }),
      event(200, 'children-started', { phase: 'plan', status: 'waiting', token: 1, count: 65 }),
    ];
    const { parts } = workflowParts(recordOf({}), log, undefined, 400);
    expect(laid(parts.slice(1))).toEqual([
      ['agent', 100, 200],
      ['waiting children', 200, 400],
    ]);
  });

  test('of children that are waited for has no end of its own', () => {
    const log = [
      ...history.slice(0, 2),
      event(200, 'children-started', { phase: 'plan', status: 'waiting', token: 1, count: 2 }),
      event(290, 'child-ended', { phase: 'plan', status: 'waiting', index: 0 }),
    ];
    const { parts } = workflowParts(recordOf({}), log, undefined, 400);
    expect(laid(parts.slice(2))).toEqual([
      ['waiting children', 200, 290],
      ['waiting children', 290, 400],
    ]);
  });
});

const instant = fc.integer({ min: -50, max: 1_000 });
const anyHistory = fc.array(
  fc.record({
    at: instant,
    type: fc.constantFrom<StoredEvent['type'][]>(
      'submitted',
      'claimed',
      'phase-succeeded',
      'phase-failed',
      'parked',
      'interrupted',
      'woken',
      'cancel-requested',
      'requeued',
    ),
    data: fc.record({
      phase: fc.constantFrom('plan', 'check'),
      status: fc.constantFrom('queued', 'running', 'waiting', 'completed', 'dead'),
      token: fc.integer({ min: 1, max: 4 }),
      until: instant,
    }),
  }),
  { minLength: 1, maxLength: 12 },
);
const anyTimings = fc.record({
  commitOf: fc
    .array(fc.option(fc.double({ min: -50, max: 1_000, noNaN: true })), { maxLength: 12 })
    .map((instants) =>
      commitsAt(new Map(instants.flatMap((at, seq) => (at === null ? [] : [[seq, at]])))),
    ),
  calls: fc.array(
    fc.record({
      token: fc.integer({ min: 1, max: 4 }),
      agent: fc.constant('a'),
      startedAt: instant,
      endedAt: fc.double({ min: -50, max: 2_000, noNaN: true }),
    }),
  ),
});

/** Through the profiler itself, of whatever log and clocks. */
async function profiled(
  log: readonly Omit<StoredEvent, 'seq' | 'workflowId'>[],
  known: WorkflowTimings,
  now: number,
): Promise<WorkflowProfileView> {
  const events = log.map((entry, seq) => ({ ...entry, seq, workflowId: id }));
  const profiler = new PerformanceProfiler({
    store: { get: async () => recordOf({}), events: async () => events },
    timings: { of: () => known },
    clock: { now: () => now },
  });
  const profile = await profiler.profile(id);
  if (profile === undefined) throw new Error('there is one');
  return profile;
}

describe('the parts', () => {
  test('lie end to end and add up to the wall time, whatever the clocks did', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, anyTimings, instant, async (log, known, now) => {
        const { endedAt, parts, startedAt, totalsMs, wallMs } = await profiled(log, known, now);
        let at = startedAt;
        for (const part of parts) {
          expect(part.startedAt).toBe(at);
          expect(part.endedAt).toBeGreaterThan(at);
          at = part.endedAt;
        }
        expect(at).toBe(endedAt);
        const total = Object.values(totalsMs).reduce((sum, ms) => sum + ms, 0);
        expect(total).toBeCloseTo(wallMs, 6);
      }),
      { numRuns: 500 },
    );
  });

  const require = createRequire(import.meta.url);
  const file = require.resolve('speedscope/dist/release/file-format-schema.json');
  const schema = readFileSync(file, 'utf8');
  const speedscopeSchema = z.fromJSONSchema(JSON.parse(schema) as z.core.JSONSchema.JSONSchema);

  test('are a file as speedscope wants it: frames open and close like brackets, in their order', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, anyTimings, instant, async (log, known, now) => {
        const flame = speedscopeOf(await profiled(log, known, now));
        expect(speedscopeSchema.safeParse(flame).error).toBeUndefined();
        const [{ endValue, events }] = flame.profiles;
        const open: number[] = [];
        let last = 0;
        for (const { at, frame, type } of events) {
          expect(at).toBeGreaterThanOrEqual(last);
          last = at;
          if (type === 'O') open.push(frame);
          const closed = type === 'C' ? open.pop() : frame;
          expect(closed).toBe(frame);
        }
        expect([open, last]).toEqual([[], endValue]);
      }),
      { numRuns: 200 },
    );
    expect(speedscopeSchema.safeParse({ profiles: 7 }).success).toBe(false);
  });
});
