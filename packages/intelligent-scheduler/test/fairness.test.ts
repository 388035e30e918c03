import { seededRandom } from '@chimera/policy';
import { describe, expect, it } from 'vitest';
import { IntelligentScheduler, type IntelligentSchedulerOptions } from '../src/index.ts';
import { type Arrival, jain, percentile, simulatePool, type Start } from './simulated-pool.ts';

const second = 1_000;
const hour = 3_600 * second;
const slots = 4;

interface Load {
  readonly tenant: string;
  readonly tasks: number;
  readonly priority?: number;
  /** Tasks that arrive together. */
  readonly burst?: number;
  /** How long tasks run on average, in ms; 30 s unless told. */
  readonly meanMs?: number;
  /** What tasks say they run, in ms; the mean unless told. */
  readonly claimsMs?: number;
}

/** Tasks spread over four hours that run from a fifth to nine fifths of the mean. */
function arrivalsOf(loads: readonly Load[], seed: number): Arrival[] {
  const random = seededRandom(seed);
  return loads
    .flatMap(({ tenant, tasks, priority = 5, burst = 1, meanMs = 30 * second, claimsMs }) =>
      Array.from({ length: tasks }, (_, index) => ({
        id: `${tenant}${index}`,
        tenant,
        priority,
        enqueuedAt: Math.floor((Math.floor(index / burst) * burst * 4 * hour) / tasks),
        estimateMs: claimsMs ?? meanMs,
        tookMs: Math.ceil(meanMs * (0.2 + 1.6 * random())),
      })),
    )
    .sort((a, b) => a.enqueuedAt - b.enqueuedAt);
}

function secondsOf(tenant: string, starts: readonly Start[]): number {
  const own = starts.filter(({ task }) => task.tenant === tenant);
  return own.reduce((sum, { task }) => sum + task.tookMs / second, 0);
}

const p95Wait = (tenant: string, starts: readonly Start[]) =>
  percentile(
    starts.filter(({ task }) => task.tenant === tenant).map(({ task, at }) => at - task.enqueuedAt),
    0.95,
  );

describe('fair shares', () => {
  // Each sends more than a sixth of what four slots serve; the flood sends a hundred times that.
  const crowd: Load[] = ['a', 'b', 'c', 'd', 'e'].map((tenant, index) => ({
    tenant,
    tasks: 600,
    burst: 600,
    meanMs: (20 + 10 * index) * second,
  }));
  const flood: Load = { tenant: 'flood', tasks: 60_000, burst: 60_000 };

  it('give backlogged tenants equal seconds, though one sends a hundred times as much', () => {
    const everyone = [...crowd, flood];
    const served = (options: IntelligentSchedulerOptions) => {
      const starts = simulatePool(arrivalsOf(everyone, 1), slots, hour, options);
      return jain(everyone.map(({ tenant }) => secondsOf(tenant, starts)));
    };
    expect(served({ fair: true })).toBeGreaterThanOrEqual(0.99);
    expect(served({ fair: false })).toBeLessThan(0.5);
  });

  it('give equal seconds run, not seconds claimed', () => {
    const loads = [
      { tenant: 'honest', tasks: 600, burst: 600 },
      { tenant: 'liar', tasks: 600, burst: 600, claimsMs: second },
      { tenant: 'modest', tasks: 600, burst: 600, claimsMs: 600 * second },
    ];
    const starts = simulatePool(arrivalsOf(loads, 2), slots, hour, { fair: true });
    const shares = loads.map(({ tenant }) => secondsOf(tenant, starts));
    expect(jain(shares)).toBeGreaterThanOrEqual(0.99);
  });

  it('follow the weights', () => {
    const loads = ['a', 'b'].map((tenant) => ({ tenant, tasks: 1_000, burst: 1_000 }));
    const options = { fair: true, weights: { a: 3 } };
    const starts = simulatePool(arrivalsOf(loads, 3), slots, hour, options);
    expect(secondsOf('a', starts) / secondsOf('b', starts)).toBeCloseTo(3, 0.5);
  });

  it.each([
    { burst: 10, tasks: 570 },
    { burst: 20, tasks: 380 },
    { burst: 40, tasks: 400 },
    { burst: 100, tasks: 700 },
  ])('keep the p95 wait of bursts of $burst within twice the wait alone', ({ burst, tasks }) => {
    const victim = { tenant: 'victim', tasks, burst };
    const rival = { tenant: 'flood', tasks: tasks * 100, burst };
    const alone = simulatePool(arrivalsOf([victim], 4), slots, Infinity, { fair: true });
    const beside = simulatePool(arrivalsOf([victim, rival], 4), slots, 4 * hour, { fair: true });
    expect(beside.filter(({ task }) => task.tenant === 'victim').length).toBe(tasks);
    expect(p95Wait('victim', beside)).toBeLessThanOrEqual(2 * p95Wait('victim', alone));
  });

  it('make a tenant that sends little wait no longer than a running task', () => {
    const loads = [
      { tenant: 'victim', tasks: 380 },
      { tenant: 'flood', tasks: 38_000 },
    ];
    const starts = simulatePool(arrivalsOf(loads, 5), slots, 4 * hour, { fair: true });
    expect(p95Wait('victim', starts)).toBeLessThanOrEqual(1.8 * 30 * second);
  });

  it('do not let a backlog lift its own tenant over the higher priority of another', () => {
    const loads = [
      { tenant: 'victim', tasks: 380, priority: 5 },
      { tenant: 'flood', tasks: 38_000, priority: 2 },
    ];
    const wait = (options: IntelligentSchedulerOptions) =>
      p95Wait('victim', simulatePool(arrivalsOf(loads, 6), slots, 4 * hour, options));
    expect(wait({ fair: true })).toBeLessThanOrEqual(2 * 1.8 * 30 * second);
    // Without fairness the flood, aged, comes first: hardly a task of the victim starts at all.
    const served = simulatePool(arrivalsOf(loads, 6), slots, 4 * hour);
    expect(served.filter(({ task }) => task.tenant === 'victim').length).toBeLessThan(190);
  });

  it('owe nothing to a tenant for the time it was idle, but the credit', () => {
    expect(turnsAfterIdleness(0).filter((tenant) => tenant === 'back').length).toBe(10);
    expect(turnsAfterIdleness(10_000).filter((tenant) => tenant === 'back').length).toBe(15);
  });

  it('count a time that a clock which went back made negative as none', () => {
    expect(orderAfter(-3_600_000)).toEqual(orderAfter(0));
  });

  it.each([Number.NaN, -Infinity, Infinity])(
    'are not upset by a task that took %d ms',
    (tookMs) => {
      const scheduler = new IntelligentScheduler({ fair: true });
      for (const id of ['a1', 'a2', 'a3', 'b1', 'b2', 'b3']) {
        scheduler.push({ id, tenant: id[0], priority: 5, enqueuedAt: 0, estimateMs: 1_000 });
      }
      expect(scheduler.pop({ now: 0 })?.id).toBe('a1');
      expect(() => scheduler.finish('a1', { tookMs })).toThrow(RangeError);
      expect(scheduler.finish('a1')).toBe(false);
      const rest = Array.from({ length: 5 }, () => scheduler.pop({ now: 0 })?.id);
      expect(rest).toEqual(['b1', 'a2', 'b2', 'a3', 'b3']);
    },
  );

  it('are not upset by a clock that tells NaN', () => {
    const scheduler = new IntelligentScheduler(
      { fair: true },
      { clock: { now: () => Number.NaN } },
    );
    for (const id of ['a', 'promoted']) scheduler.push({ id, priority: 3, enqueuedAt: 0 });
    expect(() => scheduler.pop()).toThrow(
      new RangeError('intelligent-scheduler: now must be an instant in ms, got NaN'),
    );
    expect(() => scheduler.peek({ now: Number.NaN })).toThrow(RangeError);
    expect(scheduler.pop({ now: 0 })?.id).toBe('a');
    scheduler.push({ id: 'urgent', tenant: 'b', priority: 9, enqueuedAt: 2 * hour });
    expect(scheduler.pop({ now: 2 * hour })?.id).toBe('promoted');
  });

  it.each([0, Number.NaN])('are not upset by a pool of %d slots', (slots) => {
    const scheduler = new IntelligentScheduler({ fair: true });
    const task = { tenant: 'a', priority: 5, enqueuedAt: 0, estimateMs: second };
    scheduler.push({ ...task, id: 'first' });
    scheduler.push({ ...task, id: 'promoted' });
    expect(scheduler.pop({ now: 0, slots })?.id).toBe('first');
    scheduler.finish('first', { tookMs: second });
    scheduler.push({ ...task, id: 'urgent', tenant: 'b', priority: 9, enqueuedAt: 2 * hour });
    expect(scheduler.pop({ now: 2 * hour, slots: 1 })?.id).toBe('promoted');
  });
});

/** Whose tasks are taken once a tenant comes back while another has been busy. */
function turnsAfterIdleness(idleCredit: number) {
  const scheduler = new IntelligentScheduler({ fair: true, idleCredit });
  const push = (tenant: string, id: number) =>
    scheduler.push({
      id: `${tenant}${id}`,
      tenant,
      priority: 5,
      enqueuedAt: 0,
      estimateMs: 1_000,
    });
  for (let id = 0; id < 200; id += 1) push('busy', id);
  for (let popped = 0; popped < 100; popped += 1) scheduler.pop({ now: 1 });
  for (let id = 0; id < 50; id += 1) push('back', id);
  return Array.from({ length: 20 }, () => scheduler.pop({ now: 1 })?.tenant);
}

/** Who comes next after a task of the first tenant took so long. */
function orderAfter(tookMs: number): readonly (string | undefined)[] {
  const scheduler = new IntelligentScheduler({ fair: true });
  for (const id of ['a1', 'a2', 'a3', 'b1', 'b2', 'b3'])
    scheduler.push({ id, tenant: id[0], priority: 5, enqueuedAt: 0, estimateMs: 1_000 });
  scheduler.pop({ now: 0 });
  expect(scheduler.finish('a1', { tookMs })).toBe(true);
  return Array.from({ length: 5 }, () => scheduler.pop({ now: 0 })?.id);
}
