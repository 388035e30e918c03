import { VirtualClock } from '@chimera/policy';
import { expect, test } from 'vitest';
import { loadConfig } from '../src/config/load-config.ts';
import { healthReader } from '../src/health/health-reader.ts';
import type { StateSample } from '../src/telemetry/state-sampler.ts';
import type { FinishedWorkflow } from '../src/telemetry/workflow-history.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 0, 1);

function ended(
  count: number,
  status: FinishedWorkflow['status'],
  durationMs = 100,
): FinishedWorkflow[] {
  return Array.from({ length: count }, () => ({
    definition: 'work',
    status,
    durationMs,
    retries: 0,
    finishedAt: start,
  }));
}

const nothing = { queued: 0, running: 0, waiting: 0, completed: 0, dead: 0, cancelled: 0 };

function reader({
  finished = [],
  latest = { workflows: nothing },
  set = [],
  breakers = {},
  waitsFor = [],
}: {
  readonly finished?: readonly FinishedWorkflow[];
  readonly latest?: Pick<StateSample, 'workflows'> & Partial<StateSample>;
  readonly set?: readonly string[];
  /** By agent. */
  readonly breakers?: Readonly<Record<string, string>>;
  /** Agents. */
  readonly waitsFor?: readonly string[];
}) {
  const clock = new VirtualClock(start);
  const read = healthReader({
    agents: {
      statuses: () =>
        Object.entries(breakers).map(([name, breaker]) => ({
          name,
          breaker,
          rateLimitedUntil: null,
        })) as never,
    },
    clock,
    config: loadConfig({ environment: {}, set }).config,
    degradation: undefined,
    disk: { reason: () => Promise.resolve(null) },
    isPaused: () => false,
    logError: () => null,
    store: {
      list: () =>
        Promise.resolve({
          items: waitsFor.map((agent) => ({
            state: { status: 'waiting', reason: { kind: 'breaker-open', agent } },
          })),
        } as never),
    },
    storeError: () => Promise.resolve(null),
    telemetry: {
      history: { finished, phases: [] } as never,
      latest: {
        at: start,
        openDeadLetters: 0,
        oldestDeadLetterAt: undefined,
        oldestQueuedAt: undefined,
        held: 0,
        ...latest,
      },
      pool: { size: 4, target: 3, active: 1, peak: 2 },
    },
  });
  return { clock, read };
}

test('what degradation leaves of the slots, and how many are in use, is told beside what is wanted', async () => {
  expect(await reader({}).read()).toMatchObject({
    slots: { wanted: 4, left: 3, used: 1, peak: 2 },
  });
});

test('workflows that died more than a day ago are no illness of today', async () => {
  const { clock, read } = reader({ finished: [...ended(4, 'completed'), ...ended(12, 'dead')] });
  expect(await read()).toMatchObject({ ended: 16, successRate: 0.25 });
  await clock.advance(23 * hour);
  expect(await read()).toMatchObject({ ended: 16, successRate: 0.25 });
  await clock.advance(2 * hour);
  expect(await read()).toMatchObject({ ended: 0, successRate: null });
});

test('dead letters are not counted against completed workflows that are kept for a shorter time', async () => {
  const { clock, read } = reader({
    // As a restart finds them: the completed ones were forgotten.
    finished: ended(12, 'dead'),
    set: ['retention.completed=2h'],
  });
  expect(await read()).toMatchObject({ successRate: 0 });
  await clock.advance(3 * hour);
  expect(await read()).toMatchObject({ ended: 0, successRate: null });
});

test('a slowdown is none any more when nothing ended for a day', async () => {
  const finished = [...ended(20, 'completed', 100), ...ended(10, 'completed', 500)];
  const { clock, read } = reader({ finished });
  expect(await read()).toMatchObject({ slowdown: 5 });
  await clock.advance(25 * hour);
  expect(await read()).toMatchObject({ slowdown: null });
});

test('work that is to start later, or that a limit holds, is no queue', async () => {
  const workflows = { ...nothing, queued: 500 };
  expect(await reader({ latest: { workflows } }).read()).toMatchObject({ queueDepth: 0 });
  const { read } = reader({ latest: { workflows, oldestQueuedAt: start } });
  expect(await read()).toMatchObject({ queueDepth: 500 });
});

test('a half-open breaker whose agent nobody waits for refuses nobody', async () => {
  const breakers = { idle: 'half-open', asked: 'half-open', down: 'open', fine: 'closed' };
  const latest = { workflows: { ...nothing, waiting: 1 } };
  const { read } = reader({ breakers, latest, waitsFor: ['asked'] });
  const { refusing } = await read();
  expect(refusing.map(({ isWaitedFor, name }) => [name, isWaitedFor])).toEqual([
    ['asked', true],
    ['down', false],
  ]);
});
