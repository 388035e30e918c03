import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { CircuitBreaker, restore, snapshotOf, tryAcquire } from '@chimera/circuit-breaker';
import type { DecisionView } from '@chimera/client';
import { VirtualClock } from '@chimera/policy';
import { openWorkflowStore } from '@chimera/workflow-store';
import fc from 'fast-check';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { breakerDecisions } from '../src/control/breaker-decisions.ts';
import { DecisionLog } from '../src/control/decision-log.ts';
import { isWorthTelling, type Told } from '../src/control/hold-sampling.ts';

/** A decision log on a real store, and the lines that it wrote, as level and message. */
async function listening(path = newPath()) {
  const lines: string[] = [];
  const log = pino(
    { base: null, timestamp: false, level: 'debug' },
    {
      write: (text: string) => {
        const { level, msg, component } = JSON.parse(text) as Record<string, string | number>;
        lines.push(`${level} ${component}: ${msg}`);
      },
    },
  );
  const store = await openWorkflowStore({ path, durability: 'crash' });
  onTestFinished(() => store.close());
  return { decisions: new DecisionLog({ log, store }), lines, path, store };
}

function newPath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'chimera-decisions-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return join(directory, 'chimera.db');
}

const rest = { cause: 'any', signals: {} };

test('each decision is one line, and a warning when something is given up', async () => {
  const { decisions, lines } = await listening();
  const breaker = { kind: 'breaker', agent: 'a', ...rest } as const;
  const mode = { kind: 'degradation', ...rest } as const;
  decisions.add({ kind: 'autoscaler', at: 1, from: 3, to: 5, reason: 'a queue', ...rest });
  decisions.add({ ...mode, at: 2, from: 'normal', to: 'survival', reason: 'memory' });
  decisions.add({ ...mode, at: 3, from: 5, to: 2, reason: 'it is capped' });
  decisions.add({ ...mode, at: 4, from: 'survival', to: 'degraded', reason: 'clear' });
  decisions.add({ ...breaker, at: 5, from: 'closed', to: 'open', reason: 'ill' });
  decisions.add({ ...breaker, at: 6, from: 'half-open', to: 'closed', reason: 'w' });
  decisions.add({ kind: 'autoscaler', at: 7, from: 5, to: 5, reason: 'enough', ...rest });
  decisions.add({ kind: 'autoscaler', at: 8, from: 1, to: 1, reason: 'idle', ...rest });
  expect(lines).toEqual([
    '30 autoscaler: pool 3 → 5 slots: a queue',
    '40 degradation: mode normal → survival: memory',
    '30 degradation: pool 5 → 2 slots: it is capped',
    '30 degradation: mode survival → degraded: clear',
    '40 circuit-breaker: breaker of a closed → open: ill',
    '30 circuit-breaker: breaker of a half-open → closed: w',
    '20 autoscaler: pool stays at 5 slots: enough',
    '20 autoscaler: pool stays at 1 slot: idle',
  ]);
});

test('decisions are as they were after a restart, newest first, of one kind or changes alone when asked for', async () => {
  const before = await listening();
  const heard: DecisionView[] = [];
  before.decisions.subscribe((decision) => heard.push(decision));
  const signals = { queued: 7, memory: 0.25 };
  const scaled = { kind: 'autoscaler', cause: 'demand', reason: 'r', signals } as const;
  before.decisions.add({ ...scaled, at: 1, from: 3, to: 5 });
  before.decisions.add({ ...scaled, at: 2, from: 5, to: 5 });
  before.decisions.add({
    kind: 'breaker',
    agent: 'planner',
    at: 3,
    from: 'closed',
    to: 'open',
    cause: 'failures',
    reason: 'ill',
    signals: {},
  });
  await before.store.close();
  const { decisions } = await listening(before.path);
  const [grown, held, opened] = heard;
  expect(grown).toEqual({ ...scaled, level: 'info', at: 1, from: 3, to: 5 });
  expect(opened).toMatchObject({ level: 'warn', agent: 'planner' });
  expect(await decisions.latest({ limit: 9 })).toEqual([opened, held, grown]);
  expect(await decisions.latest({ limit: 1 })).toEqual([opened]);
  expect(await decisions.latest({ limit: 9, kind: 'autoscaler' })).toEqual([held, grown]);
  expect(await decisions.latest({ limit: 9, changes: true })).toEqual([opened, grown]);
});

test('a store that cannot be written costs the entry, not the decision', async () => {
  const { decisions, lines, store } = await listening();
  await store.close();
  decisions.add({ kind: 'autoscaler', at: 1, from: 3, to: 5, reason: 'a queue', ...rest });
  await setImmediate();
  expect(lines).toEqual([
    '30 autoscaler: pool 3 → 5 slots: a queue',
    '50 autoscaler: a decision was taken but not kept; the line before this one tells it',
  ]);
});

test('a hold is told when its cause is new, and at most once a minute', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ ms: fc.nat(40_000), cause: fc.constantFrom('steady', 'busy', 'blocked') }),
      ),
      (ticks) => {
        let at = 0;
        let last: Told = { cause: 'steady', at: -Infinity };
        for (const { cause, ms } of ticks) {
          at += ms;
          const isTold = isWorthTelling(cause, at, last);
          expect(isTold).toBe(cause !== last.cause && at - last.at >= 60_000);
          if (isTold) last = { cause, at };
        }
      },
    ),
  );
});

const of = (from: string, to: string) => ({ kind: 'breaker', agent: 'planner', from, to });

test('a breaker tells its transitions, and nothing of single calls', async () => {
  const { decisions, lines } = await listening();
  const clock = new VirtualClock(1_000_000);
  const breaker = new CircuitBreaker(
    { name: 'planner', failureThreshold: 2, openFor: 60_000, halfOpenProbes: 1 },
    { clock },
  );
  const hear = breakerDecisions(decisions, () => true);
  breaker.subscribe((event) => hear('planner', event));
  const call = (end: (permit: NonNullable<ReturnType<typeof tryAcquire>>) => void) => {
    const permit = tryAcquire(breaker);
    if (permit === undefined) throw new Error('the breaker admits nothing');
    end(permit);
  };
  const fail = () =>
    call((permit) => permit.fail({ code: 'AGENT_EXIT', message: 'exit 3\nand a stack' }));
  call((permit) => permit.succeed());
  fail();
  fail();
  expect(tryAcquire(breaker)).toBeUndefined();
  await clock.advance(60_000);
  fail();
  await clock.advance(60_000);
  call((permit) => permit.succeed());
  expect((await decisions.latest({ limit: 10 })).toReversed()).toMatchObject([
    {
      ...of('closed', 'open'),
      at: 1_000_000,
      reason: 'failures in a row, at last: exit 3; probes in 1m',
    },
    { ...of('open', 'half-open'), at: 1_060_000 },
    { ...of('half-open', 'open') },
    { ...of('open', 'half-open') },
    { ...of('half-open', 'closed'), at: 1_120_000 },
  ]);
  expect(lines).toHaveLength(5);
});

test('a circuit that was open before a restart has not opened by it', async () => {
  const { decisions } = await listening();
  const clock = new VirtualClock(1_000_000);
  const options = {
    name: 'planner',
    failureThreshold: 1,
    openFor: '60s',
  } as const;
  const before = new CircuitBreaker(options, { clock });
  tryAcquire(before)?.fail({ message: 'ill' });
  const after = new CircuitBreaker(options, { clock });
  let isRestored = false;
  const hear = breakerDecisions(decisions, () => isRestored);
  after.subscribe((event) => hear('planner', event));
  restore(after, snapshotOf(before));
  isRestored = true;
  expect(await decisions.latest({ limit: 10 })).toEqual([]);
  await clock.advance(70_000);
  tryAcquire(after)?.succeed();
  expect((await decisions.latest({ limit: 10 })).at(-1)).toMatchObject({
    from: 'open',
    to: 'half-open',
  });
});
