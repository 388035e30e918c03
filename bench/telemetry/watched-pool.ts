import { join } from 'node:path';
import type { Agent } from '@chimera/agents';
import { createLog, scheduledPool } from '@chimera/chimera-daemon';
import { CircuitBreaker } from '@chimera/circuit-breaker';
import { systemClock, systemRandom } from '@chimera/policy';
import { defineWorkflow, type WorkflowDefinition } from '@chimera/workflow';
import { requestFor } from '../../apps/chimera-daemon/src/agents/request-for.ts';
import { openState } from '../../apps/chimera-daemon/src/open-state.ts';
import { DaemonTelemetry } from '../../apps/chimera-daemon/src/telemetry/daemon-telemetry.ts';
import { StateSampler } from '../../apps/chimera-daemon/src/telemetry/state-sampler.ts';

/** What watches the work: nothing, all that is always on, and beside that a log at `info`. */
export const watches = ['nothing', 'telemetry', 'telemetry and log'] as const;
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

/** The daemon's store, pool and phase runner with agents that do nothing, watched or not. */
export class WatchedPool {
  readonly #submit: (count: number) => Promise<void>;
  readonly #close: () => Promise<void>;
  readonly #telemetry: DaemonTelemetry | undefined;
  #left = 0;
  #whenDone: () => void = () => undefined;

  static async open(folder: string, watch: Watch): Promise<WatchedPool> {
    const telemetry = watch === 'nothing' ? undefined : new DaemonTelemetry({ clock: systemClock });
    const silent = { write: () => undefined };
    const log = createLog(watch === 'telemetry and log' ? 'info' : 'warn', silent);
    const state = await openState(join(folder, 'chimera.db'), 'power-loss', {
      clock: systemClock,
      log,
      ...(telemetry === undefined
        ? {}
        : { onCommit: (commit) => telemetry.committed(commit), watch: telemetry }),
    });
    return new WatchedPool(state, telemetry, log);
  }

  private constructor(
    { deadLetters, store }: Awaited<ReturnType<typeof openState>>,
    telemetry: DaemonTelemetry | undefined,
    log: ReturnType<typeof createLog>,
  ) {
    const clock = systemClock;
    this.#telemetry = telemetry;
    const breaker = new CircuitBreaker({ name: 'bench' });
    if (telemetry !== undefined)
      breaker.subscribe((event) => telemetry.breakerEvent('bench', event));
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
          this.#left -= 1;
          if (this.#left === 0) this.#whenDone();
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
    pool.start();
    this.#submit = async (count) => {
      const news = Array.from({ length: count }, (_, n) => ({
        definition,
        input: { n },
        priority: 5,
      }));
      const submitting = store.submit(news);
      pool.wake();
      await submitting;
    };
    this.#close = async () => {
      await pool.stop(0);
      await store.close();
      telemetry?.stop();
    };
  }

  /** Submits so many, in batches of a hundred, and waits for their end. */
  async run(workflows: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#left = workflows;
    this.#whenDone = resolve;
    for (let sent = 0; sent < workflows; sent += callers)
      await this.#submit(Math.min(callers, workflows - sent));
    await promise;
  }

  /** CPU time of a scrape, in ms. */
  async scrape(): Promise<number> {
    if (this.#telemetry === undefined) return 0;
    const before = process.cpuUsage();
    let length = 0;
    for await (const chunk of this.#telemetry.scrape('openmetrics')) length += chunk.length;
    const { system, user } = process.cpuUsage(before);
    if (length === 0) throw new Error('nothing was scraped');
    return (system + user) / 1_000;
  }

  close(): Promise<void> {
    return this.#close();
  }
}
