import { expect, it } from 'vitest';
import { Level } from '../src/level.ts';
import { schedulerRule } from '../src/options.ts';
import { QueuedTask } from '../src/queued-task.ts';
import type { Task } from '../src/index.ts';

/** Twenty tenants stay, with tasks of 10 s; for each task that is served, a new tenant sends one. */
function crowded(seconds: number) {
  const level = new Level<Task>(5, schedulerRule({ fair: true, idleCredit: 0 }).queue);
  let arrivals = 0;
  const add = (tenant: string, now: number) => {
    const id = `t${(arrivals += 1)}`;
    const task = { id, tenant, priority: 5, enqueuedAt: now, estimateMs: 10_000 };
    level.add(new QueuedTask(task, arrivals, true));
  };
  const servedAt = new Map<string, number[]>();
  for (let index = 0; index < 20; index += 1) add(`stays ${index}`, 0);
  for (let now = 0; now < seconds * 1_000; now += 1_000) {
    add(`passes ${now}`, now);
    const entry = level.first(now, false);
    if (entry === undefined) break;
    level.serve(entry, now, false, 1);
    const tenant = entry.task.tenant ?? '';
    if (!tenant.startsWith('stays')) continue;
    servedAt.set(tenant, [...(servedAt.get(tenant) ?? []), now]);
    add(tenant, now);
  }
  return servedAt;
}

it('serves every tenant again and again, though new ones never cease to come', () => {
  const servedAt = crowded(20_000);
  expect(servedAt.size).toBe(20);
  for (const instants of servedAt.values()) {
    const gaps = instants.slice(1).map((at, index) => at - (instants[index] ?? 0));
    // Past the cap a line goes first, behind at most all that are as old as it is.
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1_500_000 + 20 * 1_000);
    expect(gaps.length).toBeGreaterThan(3);
  }
});

it('forgets tenants that are gone and owe nothing', () => {
  const level = new Level<Task>(5, schedulerRule({ fair: true, idleCredit: 0 }).queue);
  for (let arrival = 0; arrival < 2_000; arrival += 1) {
    const task = { id: 'task', tenant: `tenant ${arrival}`, priority: 5, enqueuedAt: 0 };
    const entry = new QueuedTask(task, arrival, false);
    level.add(entry);
    level.serve(entry, 0, false, 1);
    expect(level.keptLines).toBeLessThanOrEqual(128);
  }
});

it('forgets tenants that sent one task each, whatever credit the next ones have', () => {
  const level = new Level<Task>(5, schedulerRule({ fair: true }).queue);
  for (let arrival = 0; arrival < 2_000; arrival += 1) {
    const now = arrival * 60_000;
    const task = { id: 'task', tenant: `tenant ${arrival}`, priority: 5, enqueuedAt: now };
    const entry = new QueuedTask(task, arrival, false);
    level.add(entry);
    level.serve(entry, now, false, 1);
    expect(level.keptLines).toBeLessThanOrEqual(128);
  }
});
