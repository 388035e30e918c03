import { join } from 'node:path';
import { VirtualClock } from '@chimera/policy';
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { AwakeClock } from '../src/control/awake-clock.ts';
import { loadConfig } from '../src/config/load-config.ts';
import { debounce, type Debounced, inactive } from '../src/health/debounce.ts';
import { HealthMonitor } from '../src/health/health-monitor.ts';
import { breakerSetting } from '../src/health/breaker-setting.ts';
import {
  type HealthReading,
  type RefusingAgent,
  slowdownOf,
} from '../src/health/health-reading.ts';
import { poolSettings } from '../src/health/pool-settings.ts';
import { readiness } from '../src/health/readiness.ts';
import { waitedFor } from '../src/health/waited-for.ts';
import { newDirectory } from './chimera-process.ts';
import type { FinishedWorkflow } from '../src/telemetry/workflow-history.ts';

const minute = 60_000;

const well: HealthReading = {
  utilization: 0.3,
  queueDepth: 0,
  successRate: 1,
  ended: 100,
  slowdown: 1,
  mode: 'normal',
  slots: { wanted: 10, left: 10, used: 3, peak: 10 },
  refusing: [],
  limited: [],
  worstPhase: null,
  storeError: null,
  diskError: null,
  logError: null,
  isPaused: false,
  settings: {
    pool: { min: 3, max: 10, initial: 3 },
    autoscaler: true,
    failureThreshold: { path: 'breaker.failureThreshold', value: 5 },
  },
};

const allTaken: Pick<HealthReading, 'slots'> = { slots: { ...well.slots, used: 10 } };

const planner: RefusingAgent = {
  name: 'planner',
  openFor: { path: 'breaker.openFor', value: minute },
  isWaitedFor: false,
};

/** A monitor on virtual time, and the reading that it will see. */
function monitored() {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const world = { reading: well };
  const monitor = new HealthMonitor({
    clock: new AwakeClock(clock, 15_000),
    log: pino({ level: 'silent' }),
    read: () => Promise.resolve(world.reading),
  });
  return {
    monitor,
    see: (changes: Partial<HealthReading>) => {
      world.reading = { ...well, ...changes };
    },
    /** Looks every five seconds, as the loop does, and gives the last answer. */
    after: async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 5_000) {
        await monitor.look();
        await clock.advance(5_000);
      }
      return monitor.look();
    },
  };
}

describe('the health monitor', () => {
  it('is healthy without findings while all is well', async () => {
    expect(await monitored().after(minute)).toMatchObject({ status: 'healthy', findings: [] });
  });

  it.each([
    [{ utilization: 0.96 }, 5 * minute, 'utilization', 'critical', 'unhealthy', 'pool.max', '15'],
    [{ utilization: 0.81 }, 10 * minute, 'utilization', 'warning', 'degraded', 'pool.max', '15'],
    [{ utilization: 0.61 }, 10 * minute, 'utilization', 'info', 'healthy', 'pool.max', '15'],
    [
      { successRate: 0.49 },
      30_000,
      'success',
      'critical',
      'unhealthy',
      'breaker.failureThreshold',
      '2',
    ],
    [
      { successRate: 0.79 },
      30_000,
      'success',
      'warning',
      'degraded',
      'breaker.failureThreshold',
      '2',
    ],
    [{ queueDepth: 101 }, 30_000, 'queue', 'critical', 'unhealthy', 'pool.max', '15'],
    [{ queueDepth: 21 }, 30_000, 'queue', 'info', 'healthy', 'pool.max', '15'],
    [{ slowdown: 2.1 }, 30_000, 'duration', 'warning', 'degraded', 'pool.max', '7'],
    [{ mode: 'survival', ...allTaken }, 0, 'mode', 'warning', 'degraded', 'pool.max', '5'],
    [{ refusing: [planner] }, 0, 'breakers', 'warning', 'degraded', 'breaker.openFor', '15s'],
    [{ limited: ['planner'] }, 0, 'breakers', 'warning', 'degraded', 'limits', null],
    [{ storeError: 'closed' }, 0, 'store', 'critical', 'unhealthy', 'database.path', null],
    [{ diskError: 'ENOSPC' }, 0, 'disk', 'critical', 'unhealthy', 'database.path', null],
  ] as const)(
    'on %j tells after %d ms, and not before: %s is %s',
    async (changes, holdMs, subject, severity, status, setting, value) => {
      const { after, see } = monitored();
      see(changes);
      const isAtOnce = holdMs === 0;
      const early = isAtOnce ? [] : (await after(holdMs - 5_000)).findings;
      expect(early.filter((found) => found.severity === severity)).toEqual([]);
      const told = await after(isAtOnce ? 0 : 5_000);
      expect(told.status).toBe(status);
      expect(told.findings).toHaveLength(1);
      expect(told.findings[0]).toMatchObject({ subject, severity, advice: { setting, value } });
      expect(told.findings[0]?.advice.text).toContain(value ?? '');
    },
  );

  it.each([
    { utilization: 0.6 },
    { queueDepth: 20 },
    { successRate: 0.8 },
    { successRate: 0, ended: 9 },
    { slowdown: 2 },
    { slowdown: null, successRate: null },
  ])('finds nothing in %j, however long', async (changes) => {
    const { after, see } = monitored();
    see(changes);
    expect((await after(11 * minute)).findings).toEqual([]);
  });

  it('takes neither a moment of rest nor a short burst for more than it is', async () => {
    const { after, see } = monitored();
    see({ queueDepth: 500 });
    await after(20_000);
    see({});
    await after(5_000);
    see({ queueDepth: 500 });
    expect((await after(20_000)).findings).toEqual([]);
    expect((await after(15_000)).status).toBe('unhealthy');
    see({});
    expect((await after(30_000)).status).toBe('unhealthy');
    see({ queueDepth: 500 });
    await after(5_000);
    see({});
    expect((await after(55_000)).status).toBe('unhealthy');
    expect((await after(10_000)).status).toBe('healthy');
  });

  it('does not advise more slots to a machine that is short', async () => {
    const { after, see } = monitored();
    see({ queueDepth: 500, mode: 'degraded', ...allTaken });
    const { findings } = await after(minute);
    expect(findings.map(({ advice }) => [advice.setting, advice.value])).toEqual([
      ['pool.max', '5'],
      ['pool.max', '5'],
    ]);
  });
});

/** The gravest finding after a minute. */
const told = async (changes: Partial<HealthReading>) => {
  const { after, see } = monitored();
  see(changes);
  const [finding] = (await after(minute)).findings;
  return finding;
};

/** What is told of as many agents that refuse. */
const messageOf = async (...waits: readonly boolean[]) => {
  const refusing = waits.map((isWaitedFor, n) => ({ ...planner, name: `p${n}`, isWaitedFor }));
  return (await told({ refusing }))?.message;
};

/** Of a daemon with these settings: taken, they are settings that it starts with. */
async function expectAdvice(
  given: string,
  changes: Partial<HealthReading>,
  expected: { readonly setting: string; readonly value: string | null },
) {
  const load = (...more: readonly string[]) =>
    loadConfig({ environment: {}, set: [...given.split(' '), ...more] }).config;
  const settings = { ...well.settings, ...poolSettings(load()) };
  const advice = (await told({ ...changes, settings }))?.advice;
  expect(advice).toMatchObject(expected);
  const taken = typeof advice?.value === 'string' ? [`${advice.setting}=${advice.value}`] : [];
  expect(() => load(...taken)).not.toThrow();
}

describe('advice', () => {
  it('names the setting that is in effect for the agent, and never one to a value that it has', async () => {
    const path = 'agents.reviewer.breaker.openFor';
    const reviewer = (value: number): RefusingAgent => ({
      name: 'reviewer',
      openFor: { path, value },
      isWaitedFor: false,
    });
    const long = await told({ refusing: [reviewer(2 * minute)] });
    expect(long?.advice).toMatchObject({ setting: path, value: '15s' });
    expect(long?.advice.text).toContain(`lower ${path} from 2m to 15s`);
    for (const ms of [2_000, 15_000]) {
      const short = await told({ refusing: [reviewer(ms)] });
      expect(short?.advice).toMatchObject({ setting: path, value: null });
      expect(short?.advice.text).not.toContain('openFor');
    }
    // Of several, the one whose change matters most.
    const both = await told({ refusing: [reviewer(2_000), planner] });
    expect(both?.advice).toMatchObject({ setting: 'breaker.openFor', value: '15s' });
  });

  it('tells that work waits only where it does', async () => {
    expect(await messageOf(false)).toBe('the breaker of p0 refuses');
    expect(await messageOf(true)).toBe('the breaker of p0 refuses; work for it waits');
    expect(await messageOf(true, true)).toBe('the breakers of p0, p1 refuse; work for them waits');
    expect(await messageOf(false, true)).toBe('the breakers of p0, p1 refuse; work for p1 waits');
  });

  it('is no larger pool while all is paused', async () => {
    const advice = (await told({ queueDepth: 200, isPaused: true }))?.advice;
    expect(advice).toMatchObject({ value: null, text: expect.stringContaining('chimera resume') });
  });

  it('is to resume where the pause is what keeps work waiting, however little it is', async () => {
    const found = await told({ queueDepth: 1, isPaused: true });
    expect(found).toMatchObject({
      severity: 'info',
      message: 'all is paused, and a workflow is queued',
      advice: { value: null, text: expect.stringContaining('chimera resume') },
    });
    expect((await told({ queueDepth: 3, isPaused: true }))?.message).toContain('3 workflows are');
    expect(await told({ queueDepth: 0, isPaused: true })).toBeUndefined();
    expect(await told({ queueDepth: 3 })).toBeUndefined();
  });

  it('lowers nothing that is as low as it can be', async () => {
    const failureThreshold = { path: 'agents.reviewer.breaker.failureThreshold', value: 1 };
    const pool = { min: 1, max: 1, initial: 1 };
    const settings = { pool, autoscaler: true, failureThreshold };
    for (const changes of [{ successRate: 0 }, { slowdown: 3 }, { mode: 'survival' }] as const) {
      const advice = (await told({ ...changes, settings }))?.advice;
      expect(advice?.value).toBeNull();
      expect(advice?.text).not.toContain('lower');
    }
  });

  it.each([
    ['pool.max=4', 'pool.max', '3'],
    ['pool.max=3', 'pool.max', null],
    ['autoscaler.enabled=false', 'pool.initial', '1'],
    ['pool.initial=8', 'pool.max', '5'],
  ])('of fewer slots is one that %s takes, and that has an effect', (given, setting, value) =>
    expectAdvice(given, { mode: 'degraded', ...allTaken }, { setting, value }),
  );

  it.each([
    [{ wanted: 3, left: 2, used: 0 }, '0 of 2 slots are in use, and fewer would not help'],
    [{ wanted: 10, left: 5, used: 2 }, '2 of 5 slots are in use, and fewer would not help'],
    [{ wanted: 3, left: 2, used: 2 }, null],
  ])('is no smaller pool to a machine that is short of something else: %j', async (slots, why) => {
    const advice = (await told({ mode: 'degraded', slots: { ...slots, peak: 10 } }))?.advice;
    const text = `free memory or CPU${why === null ? '' : `; ${why}`}`;
    expect(advice).toEqual({ setting: 'pool.max', value: null, text });
  });

  it.each([
    [{ wanted: 10, left: 10, used: 8 }, '4'],
    [{ wanted: 8, left: 4, used: 4 }, '4'],
  ])('of a smaller pool is one under what is taken: %j', async (slots, value) => {
    const advice = (await told({ mode: 'degraded', slots: { ...slots, peak: 10 } }))?.advice;
    expect(advice).toMatchObject({ setting: 'pool.max', value });
  });

  it('is no smaller pool to workflows that are slow though few ran at a time', async () => {
    const slots = { ...well.slots, peak: 2 };
    const advice = (await told({ slowdown: 3, slots }))?.advice;
    expect(advice).toMatchObject({
      value: null,
      text: 'chimera show ID tells where the time went',
    });
  });

  it.each([
    [
      { mode: 'degraded', slots: { wanted: 10, left: 5, used: 5, peak: 10 } },
      'pool.max',
      'the mode degraded leaves 5 of 10 slots; free memory or CPU, or lower pool.max from 10 to 5',
    ],
    [
      { slots: { wanted: 10, left: 6, used: 6, peak: 10 } },
      'degradation.slotEvery',
      'slots come back one by one since the machine was short, 6 of 10 so far; wait, or lower degradation.slotEvery',
    ],
    [
      { slots: { wanted: 5, left: 5, used: 5, peak: 10 } },
      'autoscaler',
      'the autoscaler holds the pool at 5 of pool.max 10; see why with: chimera decisions --kind autoscaler',
    ],
  ] as const)('names what holds the pool under pool.max: %j', async (changes, setting, text) => {
    for (const sign of [{ queueDepth: 500 }, { utilization: 1 }]) {
      const { after, see } = monitored();
      see({ ...sign, ...changes });
      const { findings } = await after(5 * minute);
      const found = findings.find(({ severity }) => severity === 'critical');
      expect(found?.advice).toMatchObject({ setting, text });
    }
  });

  it.each([
    ['pool.max=4', 'pool.max', '6'],
    ['autoscaler.enabled=false', 'autoscaler.enabled', 'true'],
    ['autoscaler.enabled=false pool.max=6 pool.initial=6', 'pool.initial', '9'],
  ])('of more slots is one that has an effect with %s', (given, setting, value) =>
    expectAdvice(given, { queueDepth: 500 }, { setting, value }),
  );

  it.each([
    [{ successRate: 0.797, ended: 64 }, '79 % of the last 64 workflows completed, under 80 %'],
    [{ slowdown: 2.01 }, 'the last workflows took 2.1 times as long as is usual, over 2'],
  ])('is told beside a figure that is past its line: %j', async (changes, message) => {
    expect((await told(changes))?.message).toBe(message);
  });

  it('takes the own setting of an agent before that of all', () => {
    const config = loadConfig({
      environment: {},
      set: ['breaker.openFor=30s', 'breaker.failureThreshold=2'],
      file: join(
        newDirectory({
          'a.mjs': 'export default {};\n',
          'chimera.yaml':
            'agents: { a: { type: module, module: a.mjs, breaker: { openFor: 2s } }, b: { type: module, module: a.mjs } }',
        }),
        'chimera.yaml',
      ),
    }).config;
    expect(breakerSetting(config, 'a', 'openFor')).toEqual({
      path: 'agents.a.breaker.openFor',
      value: 2_000,
    });
    expect(breakerSetting(config, 'b', 'openFor').value).toBe(30_000);
    expect(breakerSetting(config, 'a', 'failureThreshold')).toEqual({
      path: 'breaker.failureThreshold',
      value: 2,
    });
  });

  it('knows the agents whose breaker work waits for', async () => {
    const items = ['a', 'a', 'c'].map((agent) => ({
      state: { status: 'waiting', reason: { kind: 'breaker-open', agent } },
    }));
    const list = async () => ({ items: items as never });
    expect([...(await waitedFor(['a', 'b'], { list }))]).toEqual(['a']);
  });
});

describe('debouncing', () => {
  it('turns only after all looks of the whole time said so', () => {
    const looks = fc.array(
      fc.record({ seen: fc.boolean(), afterMs: fc.integer({ min: 0, max: 40 }) }),
    );
    fc.assert(
      fc.property(looks, (events) => {
        const times = { holdMs: 100, clearMs: 50 };
        let state: Debounced = inactive;
        let at = 0;
        let same = { seen: false, since: 0 };
        for (const { afterMs, seen } of events) {
          at += afterMs;
          if (seen !== same.seen) same = { seen, since: at };
          const before = state.isActive;
          state = debounce(state, seen, at, times);
          const needed = seen ? times.holdMs : times.clearMs;
          const turns = seen !== before && at - same.since >= needed;
          expect(state.isActive).toBe(turns ? seen : before);
        }
      }),
    );
  });
});

function times(count: number, definition: string, durationMs: number): FinishedWorkflow[] {
  const workflow = {
    definition,
    durationMs,
    status: 'completed',
    retries: 0,
    finishedAt: 0,
  } as const;
  return Array.from({ length: count }, () => workflow);
}

describe('a slowdown', () => {
  it('is what the last ten took against what is usual', () => {
    expect(slowdownOf([...times(20, 'a', 100), ...times(10, 'a', 300)])).toBe(3);
    expect(slowdownOf(times(29, 'a', 100))).toBeNull();
  });

  it('is none where long work follows short work', () => {
    const mixed = [...times(40, 'short', 10), ...times(40, 'long', 1_000)];
    expect(slowdownOf([...mixed, ...times(10, 'long', 1_000)])).toBe(1);
  });
});

it('is ready until it stops, or store or disk fail', async () => {
  const sources = {
    isDraining: () => false,
    storeError: () => Promise.resolve(null),
    diskError: () => Promise.resolve(null),
  };
  expect((await readiness(sources)).ready).toBe(true);
  expect(await readiness({ ...sources, isDraining: () => true })).toEqual({
    ready: false,
    checks: [
      { name: 'accepting', reason: 'it is stopping' },
      { name: 'store', reason: null },
      { name: 'disk', reason: null },
    ],
  });
  expect((await readiness({ ...sources, diskError: async () => 'ENOSPC' })).ready).toBe(false);
});
