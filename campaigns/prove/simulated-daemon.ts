import { setImmediate } from 'node:timers/promises';
import { createLog, type ExecutorPool, scheduledPool } from '@chimera/chimera-daemon';
import { CircuitBreaker } from '@chimera/circuit-breaker';
import type { DeadLetterQueue } from '@chimera/dead-letter-queue';
import type { Clock, Random } from '@chimera/policy';
import type { Chaos } from '@chimera/proving/chaos';
import type {
  BatchWriter,
  ChimeraDatabase,
  WorkflowStore,
  WorkflowStoreDeps,
} from '@chimera/workflow-store';
import { requestFor } from '../../apps/chimera-daemon/src/agents/request-for.ts';
import { openState } from '../../apps/chimera-daemon/src/open-state.ts';
import { wakeWaiting } from '../../apps/chimera-daemon/src/wake-waiting.ts';
import { DrawnWriter, type DrawnWriterOptions } from './drawn-writer.ts';
import { phases } from './proved-definition.ts';
import { storeThrough } from './store-through.ts';
import { WorkingAgent, type Workshop } from './working-agent.ts';

export interface SimulatedDaemon {
  /** Of a dead one, nothing counts any more. */
  readonly life: { readonly instance: string; isAlive: boolean };
  /** As it is, for whoever judges. */
  readonly store: WorkflowStore;
  /** As users and the pool see it: with its faults. */
  readonly faulty: WorkflowStore;
  readonly deadLetters: DeadLetterQueue<ChimeraDatabase>;
  readonly pool: ExecutorPool;
  /** Agents' runs that began while more ran than there were slots. */
  readonly overfull: string[];
  /** Lets everything happen that waits for no clock. */
  settle(): Promise<void>;
  resize(size: number): void;
  /** As if it had been killed. */
  end(): Promise<void>;
}

export interface SimulatedDaemonOptions {
  readonly path: string;
  readonly instance: string;
  readonly slots: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly chaos: Chaos;
  readonly workshop: Workshop;
  readonly sabotage: (store: WorkflowStore) => WorkflowStore;
  readonly sabotagePool: (pool: ExecutorPool) => ExecutorPool;
  readonly sabotageWriter: (writer: BatchWriter) => BatchWriter;
  /** Hears of every commit, at once, and of all else that a kill may come after. */
  readonly onCommit?: (life: { isAlive: boolean }) => void;
  /** Of what is drawn for a writer elsewhere. Default: there is none. */
  readonly writerSeed?: number | undefined;
  /** Hears of what it commits. */
  readonly onBatch?: () => void;
}

const leaseMs = 30_000;
/** Of a call of the store: latency, or an answer that is late. */
const longestFaultMs = 2_000;
const log = createLog('silent');

/** Store, pool, machine, breakers and dead letters of the daemon on a real SQLite file, a virtual clock and agents that are drawn. */
export async function simulatedDaemon(options: SimulatedDaemonOptions): Promise<SimulatedDaemon> {
  const { chaos, clock, instance, path, random, slots, workshop } = options;
  const life = { instance, isAlive: true };
  const { deadLetters, store } = await openState(path, 'crash', {
    clock,
    log,
    onCommit: () => options.onCommit?.(life),
    ...writerFor(options, life),
  });
  const underWay = { calls: 0 };
  const counted = storeThrough(options.sabotage(store), async (_call, run) => {
    underWay.calls += 1;
    try {
      return await run();
    } finally {
      underWay.calls -= 1;
    }
  });
  const faulty = storeThrough(counted, (call, run) => chaos.wrap(`store:${call}`, run)());
  await store.recover({ deadHolders: (holder) => holder !== instance, now: clock.now() });
  const agents = new Map(
    phases.map((name) => {
      const breaker = new CircuitBreaker({ name }, { clock });
      breaker.subscribe((event) => {
        if (event.type === 'closed') void wakeWaiting(store, name, clock).then(() => pool.wake());
      });
      const agent = chaos.agent(new WorkingAgent(name, workshop, life), `worker:${name}`);
      return [name, { agent, breaker }] as const;
    }),
  );
  const overfull: string[] = [];
  // A claim that was under way when the pool shrank was made for the larger one.
  const shrinking = { from: 0, until: 0 };
  const right: ExecutorPool = scheduledPool(
    { size: slots, holder: instance, leaseMs },
    {
      store: faulty,
      clock,
      random,
      log,
      minPriority: () => 0,
      agentFor: ({ agent }) => agents.get(agent ?? ''),
      prepare: (claim, phase, signal) => requestFor(claim, phase, noWorkspaces, signal),
      keepWork: () => Promise.resolve(undefined),
      newChild: () => undefined,
      onOthers: () => Promise.resolve(),
      onOver: () => Promise.resolve(),
      around: (claim, run) => {
        const before = clock.monotonic() < shrinking.until ? shrinking.from : 0;
        const room = Math.max(before, pool.target);
        if (pool.running > room) overfull.push(claim.record.id);
        return run();
      },
    },
  );
  const pool: ExecutorPool = options.sabotagePool(right);
  const settle = async (): Promise<void> => {
    for (let quiet = 0; quiet < 4;) {
      await setImmediate();
      quiet = underWay.calls === 0 ? quiet + 1 : 0;
    }
  };
  return {
    life,
    store,
    faulty,
    deadLetters,
    pool,
    overfull,
    settle,
    resize: (size) => {
      Object.assign(shrinking, { from: pool.target, until: clock.monotonic() + longestFaultMs });
      pool.resize(size);
    },
    end: async () => {
      life.isAlive = false;
      void pool.stop(0);
      await settle();
      await store.close();
    },
  };
}

function writerFor(
  { onBatch, onCommit, sabotageWriter, writerSeed }: SimulatedDaemonOptions,
  life: { isAlive: boolean },
): Pick<WorkflowStoreDeps, 'batchWriter'> {
  if (writerSeed === undefined) return {};
  const onStep: DrawnWriterOptions['onStep'] = (step) => {
    if (step === 'committed') onBatch?.();
    onCommit?.(life);
  };
  return {
    batchWriter: (file) => sabotageWriter(new DrawnWriter(file, { seed: writerSeed, onStep })),
  };
}

const noWorkspaces = {
  prepare: () => Promise.reject(new Error('no workflow here names a repository')),
};
