import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { AgentRequest, AgentResult } from '@chimera/agents';
import { createLog, scheduledPool } from '@chimera/chimera-daemon';
import { CircuitBreaker } from '@chimera/circuit-breaker';
import { fingerprintOf, redrive } from '@chimera/dead-letter-queue';
import { seededRandom, VirtualClock } from '@chimera/policy';
import {
  deadLetterLaws,
  type DeadLettersUnderTest,
  type TaskError,
  type WorkUnderTest,
} from '@chimera/proving/conformance';
import { defineWorkflow } from '@chimera/workflow';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { requestFor } from '../../apps/chimera-daemon/src/agents/request-for.ts';
import { type DurableState, openState } from '../../apps/chimera-daemon/src/open-state.ts';
import { storeThrough } from '../prove/store-through.ts';
import { makeTemplate } from '../prove/template.ts';

const log = createLog('silent');
const folder = mkdtempSync(join(tmpdir(), 'chimera-contracts-'));
const empty = makeTemplate(join(folder, 'template.db'));
afterAll(() => rmSync(folder, { recursive: true }));

const definition = defineWorkflow({
  name: 'one-task',
  phases: [
    {
      name: 'do',
      stage: 'implementation',
      agent: 'doer',
      timeout: '10s',
      retry: { maxRetries: 2 },
    },
  ],
});

/** The daemon's pool with one slot, its retries and its store. */
function work(clock: VirtualClock, { store }: DurableState): WorkUnderTest {
  const run: WorkUnderTest['run'] = async (tasks, attempt) => {
    const underWay = { attempts: 0, calls: 0 };
    const agent = {
      name: 'doer',
      run: async ({ input }: AgentRequest): Promise<AgentResult> => {
        underWay.attempts += 1;
        try {
          await attempt(input.task as string);
          return { outcome: 'succeeded', output: null };
        } catch (error) {
          const { code = 'E_UNKNOWN', message, retryable = true } = error as TaskError;
          return { outcome: 'failed', error: { code, message, retryable } };
        } finally {
          underWay.attempts -= 1;
        }
      },
    };
    // It never opens: a probe that fails costs its workflow no attempt.
    const breaker = new CircuitBreaker({ name: 'doer', failureThreshold: 1_000 }, { clock });
    const pool = scheduledPool(
      { size: 1, holder: 'here', leaseMs: 30_000 },
      {
        store: storeThrough(store, async (_call, run) => {
          underWay.calls += 1;
          return run().finally(() => (underWay.calls -= 1));
        }),
        clock,
        random: seededRandom(1),
        log,
        minPriority: () => 0,
        agentFor: () => ({ agent, breaker }),
        prepare: (claim, phase, signal) =>
          requestFor(claim, phase, { prepare: () => Promise.reject(new Error('none')) }, signal),
        keepWork: () => Promise.resolve(undefined),
        newChild: () => undefined,
        onOthers: () => Promise.resolve(),
        onOver: () => Promise.resolve(),
      },
    );
    const settled = async () => {
      for (let quiet = 0; quiet < 4; quiet = underWay.calls === 0 ? quiet + 1 : 0)
        await setImmediate();
    };
    const isOver = async () => {
      const { queued, running, waiting } = await store.counts();
      return queued + running + waiting === 0;
    };
    await store.submit(tasks.map((task) => ({ definition, input: { task }, priority: 5 })));
    pool.start();
    for (await settled(); !(await isOver()); await settled())
      // An attempt moves the clock itself.
      if (underWay.attempts === 0) await clock.advance(10);
    await pool.stop(0);
  };
  return { maxAttempts: 3, now: () => clock.now(), run };
}

async function deadLetters(): Promise<DeadLettersUnderTest> {
  const path = join(mkdtempSync(join(folder, 'life-')), 'chimera.db');
  copyFileSync(await empty, path);
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const state = await openState(path, 'crash', { clock, log });
  onTestFinished(() => state.store.close());
  const { deadLetters: queue, store } = state;
  const taskOf = async (taskId: string) =>
    ((await store.get(taskId))?.input.task as string | undefined) ?? taskId;
  return {
    maxReplays: 10,
    advance: (ms) => clock.advance(ms),
    park: async (taskId, error) => (await queue.add({ taskId, error })).id,
    parked: async () => {
      const { items } = await queue.list({ status: 'open', limit: 100 });
      return Promise.all(
        items.map(async ({ error, id, taskId }) => ({ id, task: await taskOf(taskId), error })),
      );
    },
    replay: async (id, enqueue) => {
      await queue.requeue(id, ({ taskId }) => enqueue(taskId));
    },
    replayAll: async ({ code, olderThanMs, task }, enqueue) => {
      const error = { code: code ?? '', message: '', retryable: true };
      const filter = {
        ...(task === undefined ? {} : { taskId: task }),
        ...(code === undefined ? {} : { fingerprint: fingerprintOf(error, undefined, undefined) }),
        ...(olderThanMs === undefined ? {} : { failedBefore: clock.now() - olderThanMs }),
      };
      const options = { canary: [], observe: '0ms' } as const;
      const redriving = { isOver: false };
      const done = redrive(queue, filter, ({ taskId }) => enqueue(taskId), options, { clock });
      void done.finally(() => (redriving.isOver = true));
      while (!redriving.isOver) await clock.advance(0);
      await done;
    },
    purge: (olderThan) => queue.purge({ olderThan, statuses: ['open'] }),
    work: work(clock, state),
  };
}

/** Its queue has no cap: a table of a database holds what there is. */
test.each(deadLetterLaws.filter(({ id }) => id !== 'dlq-8'))(
  "the daemon's dead letters keep $id: $name",
  async ({ check }) => {
    await expect(check(await deadLetters())).resolves.toBeUndefined();
  },
);
