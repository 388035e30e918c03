import { CircuitBreaker } from '@chimera/circuit-breaker';
import { VirtualClock } from '@chimera/policy';
import fc from 'fast-check';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { breakerDecisions } from '../src/control/breaker-decisions.ts';
import { DecisionLog } from '../src/control/decision-log.ts';

/** A log that keeps what it is told, as level and message. */
function listening(size?: number) {
  const lines: string[] = [];
  const log = pino(
    { base: null, timestamp: false },
    {
      write: (text: string) => {
        const { level, msg, component } = JSON.parse(text) as Record<string, string | number>;
        lines.push(`${level} ${component}: ${msg}`);
      },
    },
  );
  return { decisions: new DecisionLog(log, size), lines };
}

test('each decision is one line, and a warning when something is given up', () => {
  const { decisions, lines } = listening();
  decisions.add({ kind: 'autoscaler', at: 1, from: 3, to: 5, reason: 'a queue' });
  decisions.add({ kind: 'degradation', at: 2, from: 'normal', to: 'survival', reason: 'memory' });
  decisions.add({ kind: 'degradation', at: 3, from: 5, to: 2, reason: 'it is capped' });
  decisions.add({ kind: 'degradation', at: 4, from: 'survival', to: 'degraded', reason: 'clear' });
  decisions.add({ kind: 'breaker', at: 5, agent: 'a', from: 'closed', to: 'open', reason: 'ill' });
  decisions.add({
    kind: 'breaker',
    at: 6,
    agent: 'a',
    from: 'half-open',
    to: 'closed',
    reason: 'w',
  });
  expect(lines).toEqual([
    '30 autoscaler: pool 3 → 5 slots: a queue',
    '40 degradation: mode normal → survival: memory',
    '30 degradation: pool 5 → 2 slots: it is capped',
    '30 degradation: mode survival → degraded: clear',
    '40 circuit-breaker: breaker of a closed → open: ill',
    '30 circuit-breaker: breaker of a half-open → closed: w',
  ]);
});

test('the latest come first, no more than asked for and than are kept, of one kind when asked for', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('autoscaler' as const, 'degradation' as const), { maxLength: 30 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 40 }),
      (kinds, size, limit) => {
        const { decisions } = listening(size);
        const all = kinds.map((kind, at) => ({ kind, at, from: at, to: at + 1, reason: '' }));
        for (const decision of all) decisions.add(decision);
        const kept = all.slice(-size).toReversed();
        expect(decisions.latest(limit)).toEqual(kept.slice(0, limit));
        const ofOne = kept.filter(({ kind }) => kind === 'autoscaler');
        expect(decisions.latest(limit, 'autoscaler')).toEqual(ofOne.slice(0, limit));
      },
    ),
  );
});

const of = (from: string, to: string) => ({ kind: 'breaker', agent: 'planner', from, to });

test('a breaker tells its transitions, and nothing of single calls', async () => {
  const { decisions, lines } = listening();
  const clock = new VirtualClock(1_000_000);
  const breaker = new CircuitBreaker(
    { name: 'planner', failureThreshold: 2, openFor: 60_000, halfOpenProbes: 1 },
    { clock },
  );
  const hear = breakerDecisions(decisions);
  breaker.subscribe((event) => hear('planner', event));
  const call = (end: (permit: NonNullable<ReturnType<typeof breaker.tryAcquire>>) => void) => {
    const permit = breaker.tryAcquire();
    if (permit === undefined) throw new Error('the breaker admits nothing');
    end(permit);
  };
  const fail = () =>
    call((permit) => permit.fail({ code: 'AGENT_EXIT', message: 'exit 3\nand a stack' }));
  call((permit) => permit.succeed());
  fail();
  fail();
  expect(breaker.tryAcquire()).toBeUndefined();
  await clock.advance(60_000);
  fail();
  await clock.advance(60_000);
  call((permit) => permit.succeed());
  expect(decisions.latest(10).toReversed()).toMatchObject([
    {
      ...of('closed', 'open'),
      at: 1_000_000,
      reason: 'failures in a row, at last: exit 3; probes in 60000 ms',
    },
    { ...of('open', 'half-open'), at: 1_060_000 },
    { ...of('half-open', 'open') },
    { ...of('open', 'half-open') },
    { ...of('half-open', 'closed'), at: 1_120_000 },
  ]);
  expect(lines).toHaveLength(5);
});
