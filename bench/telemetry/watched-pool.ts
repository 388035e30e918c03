import { join } from 'node:path';
import type { Agent } from '@chimera/agents';
import { createLog, scheduledPool } from '@chimera/chimera-daemon';
import { CircuitBreaker } from '@chimera/circuit-breaker';
import { systemClock, systemRandom } from '@chimera/policy';
import { defineWorkflow, type WorkflowDefinition } from '@chimera/workflow';
import type { StoreWatch } from '@chimera/workflow-store';
import Database from 'better-sqlite3';
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

/** Of one workflow, in µs. */
export interface Figures {
  /** CPU time of the event loop's thread. */
  readonly loopUs: number;
  /** CPU time of all threads. */
  readonly processUs: number;
  readonly us: number;
}

export interface OpenOptions {
  readonly writerThread: boolean;
}

function collectYoung(): void {
  if (globalThis.gc === undefined) throw new Error('run node with --expose-gc');
  globalThis.gc({ type: 'minor' });
}

/**
 * The daemon's store, pool and phase runner with agents that do nothing. What watches them is
 * switched between two runs: the same heap, pages and compiled code serve all watches, for two
 * pools differ from one another by more than what is measured. What the daemon does without
 * telemetry too, such as keeping its breakers' states, is there either way.
 */
export class WatchedPool {
  readonly #parts: Parts;

  static async open(folder: string, { writerThread }: OpenOptions): Promise<WatchedPool> {
    return new WatchedPool(await openParts(folder, writerThread));
  }

  private constructor(parts: Parts) {
    this.#parts = parts;
    parts.pool.start();
  }

  /** What so many workflows take while they are watched so. */
  async measure(watch: Watch, workflows: number): Promise<Figures> {
    this.#parts.switchTo(watch);
    collectYoung();
    // Whoever counts collections hears of this one now, and of the last one after the round: of those that the work made, within it.
    for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    const began = performance.now();
    const [processBefore, loopBefore] = [process.cpuUsage(), process.threadCpuUsage()];
    await this.#run(workflows);
    this.#parts.lines.flushSync();
    this.#parts.database.pragma('wal_checkpoint(restart)');
    collectYoung();
    const [ofProcess, ofLoop] = [
      process.cpuUsage(processBefore),
      process.threadCpuUsage(loopBefore),
    ];
    return {
      loopUs: (ofLoop.system + ofLoop.user) / workflows,
      processUs: (ofProcess.system + ofProcess.user) / workflows,
      us: (1_000 * (performance.now() - began)) / workflows,
    };
  }

  /** Submits so many, in batches of a hundred, and waits for their end. */
  async #run(workflows: number): Promise<void> {
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
    const before = process.cpuUsage();
    let length = 0;
    for await (const chunk of this.#parts.telemetry.scrape('openmetrics')) length += chunk.length;
    const { system, user } = process.cpuUsage(before);
    if (length === 0) throw new Error('nothing was scraped');
    return (system + user) / 1_000;
  }

  async close(): Promise<void> {
    const { breakers, database, pool, store, telemetry } = this.#parts;
    await pool.stop(0);
    await breakers.stop();
    database.close();
    await store.close();
    telemetry.stop();
  }
}

type Parts = Awaited<ReturnType<typeof openParts>>;

async function openParts(folder: string, writerThread: boolean) {
  const clock = systemClock;
  const telemetry = new DaemonTelemetry({ clock });
  const lines = lineWriter(join(folder, 'log.ndjson'));
  const log = createLog('info', lines);
  const byWatch: Readonly<Record<Watch, StoreWatch>> = {
    nothing: watchersOf([]),
    'metrics and traces': watchersOf([telemetry]),
    log: watchersOf([workflowLog(log, clock)]),
    all: watchersOf([telemetry, workflowLog(log, clock)]),
  };
  let isCounted = false;
  let watching = byWatch.nothing;
  const path = join(folder, 'chimera.db');
  const { deadLetters, store } = await openState(path, 'power-loss', {
    clock,
    log,
    writerThread,
    watch: {
      submitted: (...told) => watching.submitted?.(...told),
      claimed: (claims) => watching.claimed?.(claims),
      applied: (request, applied) => watching.applied?.(request, applied),
      refused: (error) => watching.refused?.(error),
    },
    onCommit: (commit) => {
      if (isCounted) telemetry.committed(commit);
    },
  });
  const breaker = new CircuitBreaker({ name: 'bench' });
  const breakers = new BreakerKeeper([breaker], { store, clock, log });
  await breakers.restore();

  const ends = { left: 0, whenAll: Promise.withResolvers<void>() };
  const workspaces = { prepare: () => Promise.reject(new Error('nobody names a repository')) };
  type PoolDeps = Parameters<typeof scheduledPool>[1];
  const onCalled: PoolDeps['onCalled'] = (call) => telemetry.agentCalled(call);
  const onRecorded: PoolDeps['onRecorded'] = (attempt) => telemetry.recorded(attempt);
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
      // Read for each call: nobody makes what nobody hears of.
      get onCalled() {
        return isCounted ? onCalled : undefined;
      },
      get onRecorded() {
        return isCounted ? onRecorded : undefined;
      },
      keepWork: async () => undefined,
      newChild: () => undefined,
      onOthers: () => Promise.resolve(),
      onOver: async () => {
        ends.left -= 1;
        if (ends.left === 0) ends.whenAll.resolve();
      },
    },
  );
  telemetry.attach({
    pool,
    baseline: () => pool.target,
    mode: () => 'normal',
    agents: () => [],
    sampler: new StateSampler({ store, deadLetters, path, clock }),
  });
  const awaitEnds = (workflows: number): Promise<void> => {
    Object.assign(ends, { left: workflows, whenAll: Promise.withResolvers<void>() });
    return ends.whenAll.promise;
  };
  // The daemon hears of its breakers either way: it decides on them.
  breaker.subscribe((event) => {
    if (isCounted) telemetry.breakerEvent('bench', event);
  });
  const switchTo = (watch: Watch): void => {
    watching = byWatch[watch];
    isCounted = watch === 'metrics and traces' || watch === 'all';
    log.level = watch === 'log' || watch === 'all' ? 'info' : 'warn';
    if (isCounted) telemetry.start();
    else telemetry.stop();
  };
  // For checkpoints.
  const database = new Database(path);
  return { awaitEnds, breakers, database, lines, pool, store, switchTo, telemetry };
}

/** Schedules hear of ends, and health of refusals, whether or not anybody counts. */
function watchersOf(watches: readonly StoreWatch[]): StoreWatch {
  const watchers = new StoreWatchers();
  watchers.add({ refused: (error) => console.error(error) });
  watchers.add(endedWorkflows(() => undefined));
  for (const watch of watches) watchers.add(watch);
  return watchers;
}
