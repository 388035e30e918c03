import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VirtualClock } from '@chimera/policy';
import type { AgentCall } from '../src/executor-pool/agent-call.ts';
import { RecentTimings } from '../src/telemetry/recent-timings.ts';

test('every event is found in its own commit, whatever else was committed between', () => {
  // Events of each commit, and numbers that a rollback left unused before it.
  const commits = fc.array(fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 3 })), { maxLength: 50 });
  fc.assert(
    fc.property(fc.nat({ max: 1_000 }), commits, (begin, written) => {
      let now = 0;
      const timings = new RecentTimings({ now: () => now });
      const expected: [number, number][] = [];
      let seq = begin;
      for (const [events, gap] of written) {
        seq += gap;
        now += 10;
        const eventsAfter = seq;
        for (let event = 0; event < events; event += 1) expected.push([(seq += 1), now]);
        timings.committed({ operations: events, durationMs: 1, eventsAfter, lastEvent: seq });
      }
      for (const [event, committedAt] of expected)
        expect(timings.commitOf(event)?.committedAt).toBe(committedAt);
      const known = new Set(expected.map(([event]) => event));
      const others = Array.from({ length: seq - begin + 5 }, (_, n) => begin - 2 + n);
      for (const event of others.filter((each) => !known.has(each)))
        expect(timings.commitOf(event)).toBeUndefined();
    }),
  );
});

test('what is long ago is forgotten, and nothing else is told in its place', () => {
  const timings = new RecentTimings(new VirtualClock());
  const commit = (seq: number) =>
    timings.committed({ operations: 1, durationMs: 1, eventsAfter: seq - 1, lastEvent: seq });
  for (let seq = 1; seq <= 40_000; seq += 1) commit(seq);
  const known = [1, 20_000, 30_000, 40_000].map((seq) => timings.commitOf(seq) !== undefined);
  expect(known).toEqual([false, false, true, true]);
});

test('a workflow has its own calls, in their order', () => {
  const timings = new RecentTimings(new VirtualClock());
  for (let call = 0; call < 10_000; call += 1) {
    const claim = { record: { id: `w-${call % 1_000}` }, token: call };
    const made = { agent: 'a', claim, startedAt: call, durationMs: 0.5 };
    timings.agentCalled(made as unknown as AgentCall);
  }
  const { calls } = timings.of('w-7');
  expect(calls.map(({ token }) => token)).toEqual([
    2_007, 3_007, 4_007, 5_007, 6_007, 7_007, 8_007, 9_007,
  ]);
  expect(calls[0]).toEqual({ token: 2_007, agent: 'a', startedAt: 2_007, endedAt: 2_007.5 });
});
