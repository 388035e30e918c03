import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '@chimera/chimera-daemon';
import { IntelligentScheduler } from '@chimera/intelligent-scheduler';
import { VirtualClock } from '@chimera/policy';
import { PoolAutoscaler } from '@chimera/pool-autoscaler';
import {
  autoscalerLaws,
  type AutoscalerUnderTest,
  deadLetterLaws,
  type DeadLettersUnderTest,
  schedulerLaws,
  type SchedulerUnderTest,
} from '@chimera/proving/conformance';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openState } from '../../apps/chimera-daemon/src/open-state.ts';

function autoscaler(): AutoscalerUnderTest {
  const time = { at: 0 };
  const clock = { now: () => time.at, monotonic: () => time.at, setTimer: () => ({ cancel() {} }) };
  const scaler = new PoolAutoscaler({}, { clock });
  return {
    min: 3,
    max: 10,
    step: 2,
    cooldownMs: 60_000,
    deadBand: [0.3, 0.8],
    decide: ({ at, queued, running, size }) => {
      time.at = at;
      return scaler.evaluate({ size, running, queued }).to;
    },
  };
}

function scheduler(): SchedulerUnderTest {
  const queue = new IntelligentScheduler();
  return {
    // A level is ten points: five of ageing come within 25 min, and two a minute after that.
    agesWithinMs: 75 * 60_000,
    lowest: 0,
    highest: 10,
    add: ({ at, id, priority }) => queue.push({ id, priority, enqueuedAt: at }),
    cancel: (id) => queue.cancel(id),
    reprioritise: (id, priority) => queue.reprioritise(id, priority),
    take: (now) => queue.pop({ now })?.id,
  };
}

async function deadLetters(): Promise<DeadLettersUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'chimera-contracts-'));
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const log = createLog('silent');
  const state = await openState(join(folder, 'chimera.db'), 'crash', { clock, log });
  onTestFinished(async () => {
    await state.store.close();
    rmSync(folder, { recursive: true });
  });
  const queue = state.deadLetters;
  return {
    maxReplays: 10,
    advance: (ms) => clock.advance(ms),
    park: async (taskId, error) => (await queue.add({ taskId, error })).id,
    parked: async () => {
      const { items } = await queue.list({ status: 'open', limit: 100 });
      return items.map(({ error: { code, message }, id, taskId }) => ({
        id,
        task: taskId,
        error: { message, ...(code === undefined ? {} : { code }) },
      }));
    },
    replay: async (id, enqueue) => {
      await queue.requeue(id, ({ taskId }) => enqueue(taskId));
    },
    purge: (olderThan) => queue.purge({ olderThan, statuses: ['open'] }),
  };
}

describe('the pool autoscaler keeps', () => {
  test.each(autoscalerLaws)('$id $name', async ({ check }) => {
    await expect(check(autoscaler())).resolves.toBeUndefined();
  });
});

describe('the scheduler keeps', () => {
  test.each(schedulerLaws)('$id $name', async ({ check }) => {
    await expect(check(scheduler())).resolves.toBeUndefined();
  });
});

describe('the dead letter queue on SQLite keeps', () => {
  test.each(deadLetterLaws)('$id $name', async ({ check }) => {
    await expect(check(await deadLetters())).resolves.toBeUndefined();
  });
});
