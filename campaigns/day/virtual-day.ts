import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { createLog, scheduledPool } from '@chimera/chimera-daemon';
import { CircuitBreaker } from '@chimera/circuit-breaker';
import type { DeadLetterQueue } from '@chimera/dead-letter-queue';
import { seededRandom, VirtualClock } from '@chimera/policy';
import { arrivals } from '@chimera/proving/load';
import { defineWorkflow, type WorkflowStatus } from '@chimera/workflow';
import type { ChimeraDatabase, WorkflowStore } from '@chimera/workflow-store';
import { requestFor } from '../../apps/chimera-daemon/src/agents/request-for.ts';
import { openState } from '../../apps/chimera-daemon/src/open-state.ts';
import { Retention } from '../../apps/chimera-daemon/src/retention/retention.ts';
import { DaemonTelemetry } from '../../apps/chimera-daemon/src/telemetry/daemon-telemetry.ts';
import { StateSampler } from '../../apps/chimera-daemon/src/telemetry/state-sampler.ts';
import { wakeWaiting } from '../../apps/chimera-daemon/src/wake-waiting.ts';
import type { Sample } from './flatness.ts';
import { TickingAgent } from './ticking-agent.ts';

export interface DayOptions {
  /** Empty, for the database. */
  readonly directory: string;
  readonly hours: number;
  readonly workflows: number;
  readonly slots: number;
  readonly seed: number;
  readonly onSample?: (sample: Sample) => void;
}

export interface DayReport {
  readonly submitted: number;
  /** Of those that retention has not forgotten yet. */
  readonly counts: Readonly<Record<WorkflowStatus, number>>;
  readonly forgotten: number;
  readonly cycleMs: number;
  /** 24 in each cycle of the load. */
  readonly samples: readonly Sample[];
}

const tickMs = 100;
const hourMs = 3_600_000;
/** Of its day: quiet at the start of each, busy in the middle. */
const cycles = 4;

const definition = defineWorkflow({
  name: 'day',
  phases: [
    { name: 'plan', stage: 'planning', agent: 'worker', timeout: '1m' },
    { name: 'implement', stage: 'implementation', agent: 'worker', timeout: '1m' },
    { name: 'validate', stage: 'validation', agent: 'worker', timeout: '1m' },
  ],
});

/**
 * The daemon's store, pool, breaker, telemetry and retention on a real file and a virtual clock,
 * under a day of load: workflows come as a Poisson process with a busy and a quiet time, some fail
 * at first, some for good, some are cancelled, and for a while nothing may start. Retention keeps
 * what has ended for a twelfth of a cycle (half an hour of 24 h). Resolves when everything has ended that was submitted.
 */
export async function virtualDay(options: DayOptions): Promise<DayReport> {
  const { directory, hours, onSample, seed, slots, workflows } = options;
  const cycleMs = (hours * hourMs) / cycles;
  // Nothing starts for a while: the backlog has to come and go without a trace.
  const outage = { fromMs: cycleMs / 3, untilMs: cycleMs / 3 + cycleMs / 72 };
  const every = (ms: number): (() => boolean) => {
    let dueAt = 0;
    return () => {
      if (clock.monotonic() < dueAt) return false;
      dueAt += ms;
      return true;
    };
  };
  const isSampleDue = every(cycleMs / 24);
  // An operator looks after the dead letters.
  const isRoundDue = every(cycleMs / 24);
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const random = seededRandom(seed);
  const log = createLog('error');
  const path = join(directory, 'chimera.db');
  const telemetry = new DaemonTelemetry({ clock });
  const { deadLetters, store } = await openState(path, 'crash', {
    clock,
    log,
    onCommit: (commit) => telemetry.committed(commit),
    watch: telemetry,
  });
  const worker = new TickingAgent();
  const breaker = new CircuitBreaker({ name: worker.name }, { clock });
  breaker.subscribe((event) => {
    telemetry.breakerEvent(worker.name, event);
    if (event.type === 'closed')
      void wakeWaiting(store, worker.name, clock).then(() => pool.wake());
  });
  const pool = scheduledPool(
    { size: slots, holder: randomUUID(), leaseMs: 30_000 },
    {
      store,
      clock,
      random,
      log,
      minPriority: () => 0,
      agentFor: () => ({ agent: worker, breaker }),
      onCalled: (call) => telemetry.agentCalled(call),
      onRecorded: (attempt) => telemetry.recorded(attempt),
      prepare: (claim, phase, signal) => requestFor(claim, phase, noWorkspaces, signal),
      keepWork: () => Promise.resolve(undefined),
      newChild: () => undefined,
      onOthers: () => Promise.resolve(),
      onOver: () => Promise.resolve(),
    },
  );
  telemetry.attach({
    pool,
    baseline: () => slots,
    mode: () => 'normal',
    agents: () => [],
    sampler: new StateSampler({ store, deadLetters, path, clock }),
  });
  const kept = cycleMs / 12;
  const retention = new Retention(
    { completed: kept, cancelled: kept, dead: kept, batch: 500, interval: kept / 6 },
    { store, deadLetters, discard: () => Promise.resolve(), clock, log },
  );

  const samples: Sample[] = [];
  const sample = async (): Promise<void> => {
    for await (const _ of telemetry.scrape('openmetrics')) continue;
    const taken = { ...(await measured(path, store)), atMs: clock.monotonic() };
    samples.push(taken);
    onSample?.(taken);
  };
  const mean = workflows / (hours * 3_600);
  const load = { profile: 'diurnal', low: mean / 2, high: 1.5 * mean, periodMs: cycleMs } as const;
  const coming = arrivals(load, hours * hourMs, random);
  let next = coming.next();
  let submitted = 0;

  pool.start();
  retention.start();
  for (let tick = 0; ; tick += 1) {
    const now = clock.monotonic();
    const batch: number[] = [];
    while (next.done !== true && next.value <= now) {
      batch.push(submitted++);
      next = coming.next();
    }
    worker.tick(tick);
    const isOutage = now % cycleMs >= outage.fromMs && now % cycleMs < outage.untilMs;
    if (isOutage && !pool.isPaused) await pool.pause();
    if (!isOutage && pool.isPaused) pool.resume();
    if (batch.length > 0) await submit(batch, { clock, pool, store });
    if (isRoundDue()) await discardOpen(deadLetters);
    if (isSampleDue()) await sample();
    if (next.done === true && (await hasEnded(store))) break;
    await clock.advance(tickMs);
  }
  await sample();
  const counts = await store.counts();
  await retention.stop();
  await pool.stop(0);
  await store.close();
  telemetry.stop();
  const stored = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { submitted, counts, forgotten: submitted - stored, cycleMs, samples };
}

/** One workflow in five hundred is cancelled as soon as it has started. */
async function submit(
  ids: readonly number[],
  {
    clock,
    pool,
    store,
  }: {
    readonly clock: VirtualClock;
    readonly pool: { wake(): void; cancel(id: string): boolean };
    readonly store: WorkflowStore;
  },
): Promise<void> {
  const submitting = store.submit(
    ids.map((id) => ({ definition, input: { id, filler }, priority: id % 11 })),
  );
  pool.wake();
  const submitted = await submitting;
  for (const [index, { id }] of submitted.entries()) {
    if ((ids[index] ?? 0) % 500 !== 3) continue;
    await setImmediate();
    await store.apply({
      workflowId: id,
      event: { type: 'cancel-requested', at: clock.now(), reason: 'changed my mind' },
    });
    pool.cancel(id);
  }
}

const filler = 'x'.repeat(480);

async function discardOpen(deadLetters: DeadLetterQueue<ChimeraDatabase>): Promise<void> {
  for (;;) {
    const { items } = await deadLetters.list({ status: 'open', limit: 100 });
    for (const { id } of items) await deadLetters.discard(id, { reason: 'looked at' });
    if (items.length < 100) return;
  }
}

async function hasEnded(store: WorkflowStore): Promise<boolean> {
  const { queued, running, waiting } = await store.counts();
  return queued + running + waiting === 0;
}

async function measured(path: string, store: WorkflowStore): Promise<Omit<Sample, 'atMs'>> {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const counts = await store.counts();
  return {
    rss,
    heap: heapUsed,
    database: statSync(path).size,
    wal: statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0,
    workflows: Object.values(counts).reduce((sum, count) => sum + count, 0),
    queued: counts.queued,
  };
}

const noWorkspaces = {
  prepare: () => Promise.reject(new Error('no workflow of the day names a repository')),
};
