import { join } from 'node:path';
import type { Agent } from '@chimera/agents';
import { createLog, scheduledPool } from '@chimera/chimera-daemon';
import { CircuitBreaker } from '@chimera/circuit-breaker';
import { systemClock, systemRandom } from '@chimera/policy';
import { defineWorkflow, type WorkflowDefinition } from '@chimera/workflow';
import { BreakerKeeper } from '../../apps/chimera-daemon/src/agents/breaker-keeper.ts';
import { requestFor } from '../../apps/chimera-daemon/src/agents/request-for.ts';
import { lineWriter } from '../../apps/chimera-daemon/src/log.ts';
import { workflowLog } from '../../apps/chimera-daemon/src/logging/workflow-log.ts';
import { openState } from '../../apps/chimera-daemon/src/open-state.ts';
import { DaemonTelemetry } from '../../apps/chimera-daemon/src/telemetry/daemon-telemetry.ts';
import { endedWorkflows } from '../../apps/chimera-daemon/src/telemetry/ended-workflows.ts';
import { StateSampler } from '../../apps/chimera-daemon/src/telemetry/state-sampler.ts';
import { StoreWatchers } from '../../apps/chimera-daemon/src/telemetry/store-watchers.ts';

/** What watches the work: nothing; metrics, exemplars, timings for traces; the log at `info`, in a file; both. */
export const watches = ['nothing', 'metrics and traces', 'log', 'all'] as const;
export type Watch = (typeof watches)[number];

const phase = (name: string) =>
  ({ name, stage: 'planning', agent: 'bench', timeout: '1m' }) as const;
const definition: WorkflowDefinition = defineWorkflow({
  name: 'three-phases',
  phases: [phase('one'), phase('two'), phase('three')],
});
const worker: Agent = {
  name: 'bench',
  run: async () => ({ outcome: 'succeeded', output: { ok: true } }),
};
const lease = { holder: 'bench', leaseMs: 15_000 };
const callers = 100;

/**
 * The daemon's store, pool and phase runner with agents that do nothing, watched or not. What the
 * daemon does without telemetry too, such as keeping its breakers' states, is there either way.
 */
export class WatchedPool {
  readonly #parts: Parts;

  static async open(folder: string, watch: Watch): Promise<WatchedPool> {
    return new WatchedPool(await openParts(folder, watch));
  }

  private constructor(parts: Parts) {
    this.#parts = parts;
    parts.pool.start();
  }

  /** Submits so many, in batches of a hundred, and waits for their end. */
  async run(workflows: number): Promise<void> {
    const { awaitEnds, pool, store } = this.#parts;
    const ended = awaitEnds(workflows);
    for (let sent = 0; sent < workflows; sent += callers) {
      const count = Math.min(callers, workflows - sent);
      const news = Array.from({ length: count }, (_, n) => ({
        definition,
        input: { n },
        priority: 5,
      }));
      const submitting = store.submit(news);
      pool.wake();
      await submitting;
    }
    await ended;
  }

  /** CPU time of a scrape, in ms. */
  async scrape(): Promise<number> {
    const { telemetry } = this.#parts;
    if (telemetry === undefined) return 0;
    const before = process.cpuUsage();
    let length = 0;
    for await (const chunk of telemetry.scrape('openmetrics')) length += chunk.length;
    const { system, user } = process.cpuUsage(before);
    if (length === 0) throw new Error('nothing was scraped');
    return (system + user) / 1_000;
  }

  async close(): Promise<void> {
    const { breakers, pool, store, telemetry } = this.#parts;
    await pool.stop(0);
    await breakers.stop();
    await store.close();
    telemetry?.stop();
  }
}

type Parts = Awaited<ReturnType<typeof openParts>>;

async function openParts(folder: string, watch: Watch) {
  const clock = systemClock;
  const isCounted = watch === 'metrics and traces' || watch === 'all';
  const isLogged = watch === 'log' || watch === 'all';
  const telemetry = isCounted ? new DaemonTelemetry({ clock }) : undefined;
  const log = createLog(isLogged ? 'info' : 'warn', lineWriter(join(folder, 'log.ndjson')));
  const watchers = new StoreWatchers();
  const { deadLetters, store } = await openState(join(folder, 'chimera.db'), 'power-loss', {
    clock,
    log,
    watch: watchers,
    ...(telemetry === undefined ? {} : { onCommit: (commit) => telemetry.committed(commit) }),
  });
  const breaker = new CircuitBreaker({ name: 'bench' });
  const breakers = new BreakerKeeper([breaker], { store, clock, log });
  await breakers.restore();

  const ends = { left: 0, whenAll: Promise.withResolvers<void>() };
  // Schedules hear of ends, and health of refusals, whether or not anybody counts.
  watchers.add({ refused: (error) => console.error(error) });
  watchers.add(endedWorkflows(() => undefined));
  if (telemetry !== undefined) {
    watchers.add(telemetry);
    breaker.subscribe((event) => telemetry.breakerEvent('bench', event));
  }
  if (isLogged) watchers.add(workflowLog(log, clock));

  const workspaces = { prepare: () => Promise.reject(new Error('nobody names a repository')) };
  const pool = scheduledPool(
    { size: 100, ...lease },
    {
      store,
      clock,
      random: systemRandom,
      log,
      minPriority: () => 0,
      agentFor: () => ({ agent: worker, breaker }),
      prepare: (claim, phase, signal) => requestFor(claim, phase, workspaces, signal),
      ...(telemetry === undefined ? {} : { onCalled: (call) => telemetry.agentCalled(call) }),
      keepWork: async () => undefined,
      newChild: () => undefined,
      onOthers: () => Promise.resolve(),
      onOver: async () => {
        ends.left -= 1;
        if (ends.left === 0) ends.whenAll.resolve();
      },
    },
  );
  telemetry?.attach({
    pool,
    baseline: () => pool.target,
    mode: () => 'normal',
    agents: () => [],
    sampler: new StateSampler({ store, deadLetters, clock }),
  });
  const awaitEnds = (workflows: number): Promise<void> => {
    Object.assign(ends, { left: workflows, whenAll: Promise.withResolvers<void>() });
    return ends.whenAll.promise;
  };
  return { awaitEnds, breakers, pool, store, telemetry };
}
