import { copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutorPool } from '@chimera/chimera-daemon';
import { type World, world } from '@chimera/proving';
import { Chaos } from '@chimera/proving/chaos';
import {
  type Acknowledgement,
  Judge,
  mergeVerdicts,
  Recorder,
  type Verdict,
} from '@chimera/proving/history';
import type { BatchWriter, WorkflowStore } from '@chimera/workflow-store';
import type { Submission } from './claim-order.ts';
import { draw } from './draw.ts';
import { drawnKills } from './drawn-kills.ts';
import { judgeParked, judgeRun } from './judge-run.ts';
import { definition } from './proved-definition.ts';
import { randomPlan } from './random-plan.ts';
import { redriveOpen } from './redrive-open.ts';
import {
  type SimulatedDaemon,
  simulatedDaemon,
  type SimulatedDaemonOptions,
} from './simulated-daemon.ts';
import type { Workshop } from './working-agent.ts';

export interface RunOptions {
  readonly seed: number;
  /** For its databases; emptied afterwards. */
  readonly directory: string;
  /** Workflows that are submitted. */
  readonly workflows?: number;
  /** A database that is empty and up to date, to begin with. Default: it is made. */
  readonly template?: string;
  /** False: nothing goes wrong but what is drawn for the agents. */
  readonly isFaulty?: boolean;
  /** Puts a mistake into the store, to see that it is found. */
  readonly sabotage?: (store: WorkflowStore) => WorkflowStore;
  /** Puts one into the pool. */
  readonly sabotagePool?: (pool: ExecutorPool) => ExecutorPool;
  /** Puts one into the writer elsewhere. */
  readonly sabotageWriter?: (writer: BatchWriter) => BatchWriter;
  /** Whether another writes large groups. Default: in the lives of even seeds. */
  readonly isElsewhere?: boolean;
  /** The daemon is killed as soon as it has made so many commits. Default: drawn, from never to three times. */
  readonly killAfter?: readonly number[];
}

export interface RunReport extends Verdict {
  /** And, where another writes, whatever else a batch comes by. */
  readonly commits: number;
  /** Commits of another writer. */
  readonly batches: number;
  readonly kills: number;
  readonly faults: number;
  readonly agentRuns: number;
}

const startsAt = Date.UTC(2026, 0, 1);
/** Faults and the operator's doings stop, and the daemon may show that it recovers. */
const healedAfterMs = 120_000;
const patienceMs = 3_600_000;

/** One life of a workload, from its seed: everything that happens in it is drawn from that. */
export async function simulatedRun(options: RunOptions): Promise<RunReport> {
  const run = new SimulatedRun(options);
  try {
    return await run.play();
  } finally {
    rmSync(options.directory, { recursive: true, force: true });
  }
}

class SimulatedRun {
  readonly #seed: number;
  readonly #directory: string;
  readonly #sabotage: Pick<SimulatedDaemonOptions, 'sabotage' | 'sabotagePool' | 'sabotageWriter'>;
  readonly #world: World;
  readonly #chaos: Chaos;
  readonly #workshop: Workshop;
  readonly #kills: number[];
  readonly #acknowledgements: Acknowledgement[] = [];
  readonly #submissions = new Map<string, Submission>();
  readonly #crashes: Verdict[] = [];
  readonly #workflows: number;
  readonly #isElsewhere: boolean;
  #daemon!: SimulatedDaemon;
  #commits = 0;
  #batches = 0;
  #lives = 0;
  #faults = 0;
  /** Of the copy that the next life starts on. */
  #left: string | undefined;
  #unacknowledged = 0;

  constructor({
    directory,
    isElsewhere,
    isFaulty = true,
    killAfter,
    sabotage = (store) => store,
    sabotagePool = (pool) => pool,
    sabotageWriter = (writer) => writer,
    seed,
    template,
    workflows,
  }: RunOptions) {
    mkdirSync(directory, { recursive: true });
    if (template !== undefined) copyFileSync(template, firstLife(directory));
    this.#seed = seed;
    this.#isElsewhere = isElsewhere ?? seed % 2 === 0;
    this.#directory = directory;
    this.#sabotage = { sabotage, sabotagePool, sabotageWriter };
    this.#world = world({ seed, start: startsAt });
    this.#workflows = workflows ?? 2 + Math.floor(draw(seed, 'workflows') * 9);
    this.#kills = [...(killAfter ?? drawnKills(seed))];
    this.#chaos = new Chaos(isFaulty ? randomPlan(seed) : { rules: [] }, {
      clock: this.#world.clock,
      onFault: () => (this.#faults += 1),
    });
    this.#workshop = {
      seed,
      clock: this.#world.clock,
      journal: [],
      effects: new Recorder(),
      done: new Set(),
      isWell: false,
      runs: 0,
    };
  }

  async play(): Promise<RunReport> {
    await this.#live(firstLife(this.#directory));
    for (let n = 0; n < this.#workflows; n += 1) this.#submitLater(n);
    for (let n = 0; n < 4; n += 1) this.#operateLater(n);
    const hasEnded = await this.#untilAllEnded();
    const verdict = await judgeRun({
      daemon: this.#daemon,
      workshop: this.#workshop,
      acknowledgements: this.#acknowledgements,
      submissions: this.#submissions,
      hasEnded,
    });
    await this.#daemon.end();
    return {
      ...mergeVerdicts([verdict, ...this.#crashes]),
      commits: this.#commits,
      batches: this.#batches,
      kills: this.#lives - 1,
      faults: this.#faults,
      agentRuns: this.#workshop.runs,
    };
  }

  async #live(path: string): Promise<void> {
    this.#lives += 1;
    this.#daemon = await simulatedDaemon({
      path,
      instance: `life-${this.#lives}`,
      slots: 1 + Math.floor(draw(this.#seed, 'slots') * 4),
      clock: this.#world.clock,
      random: this.#world.random,
      chaos: this.#chaos,
      workshop: this.#workshop,
      ...this.#sabotage,
      onCommit: (life) => this.#committed(path, life),
      onBatch: () => (this.#batches += 1),
      writerSeed: this.#isElsewhere ? this.#seed * 16 + this.#lives : undefined,
    });
    this.#daemon.pool.start();
    await this.#daemon.settle();
  }

  /** Kills it in the same instant: what is on the disk now is what the next life finds. */
  #committed(path: string, life: { isAlive: boolean }): void {
    if (!life.isAlive) return;
    this.#commits += 1;
    if (this.#commits !== this.#kills[0]) return;
    this.#kills.shift();
    life.isAlive = false;
    const next = join(this.#directory, `life-${this.#lives + 1}.db`);
    for (const part of ['', '-wal'])
      if (existsSync(path + part)) copyFileSync(path + part, next + part);
    this.#left = next;
  }

  async #riseIfKilled(): Promise<void> {
    if (this.#left === undefined) return;
    const path = this.#left;
    this.#left = undefined;
    await this.#daemon.end();
    await this.#live(path);
    const judge = new Judge();
    await judgeParked(judge, this.#daemon);
    this.#crashes.push(judge.verdict);
  }

  /** A client that asks until it is told, whichever daemon is up. */
  #submitLater(n: number): void {
    const { clock } = this.#world;
    const draws = (of: string) => draw(this.#seed, of, n);
    const priority = Math.floor(draws('priority') * 11);
    const delayMs = draws('delayed') < 0.2 ? draws('delay') * 20_000 : undefined;
    this.#unacknowledged += 1;
    const submit = async (): Promise<void> => {
      const daemon = this.#daemon;
      const runAt = submission.runAt;
      const submitted = await daemon.faulty
        .submit([
          {
            definition,
            input: { n },
            priority,
            idempotencyKey: `key-${n}`,
            ...(runAt === undefined ? {} : { runAt }),
          },
        ])
        .catch(() => undefined);
      const id = submitted?.[0]?.id;
      if (id === undefined || !daemon.life.isAlive) {
        clock.setTimer(() => void submit(), 500);
        return;
      }
      this.#acknowledgements.push({ workflowId: id, key: `key-${n}` });
      this.#submissions.set(id, submission);
      this.#unacknowledged -= 1;
      daemon.pool.wake();
    };
    let submission: Submission = { n, priority, runAt: undefined };
    clock.setTimer(
      () => {
        if (delayMs !== undefined)
          submission = { ...submission, runAt: Math.round(clock.now() + delayMs) };
        void submit();
      },
      draws('submit') * 30_000,
    );
  }

  /** Somebody resizes, pauses, cancels, or runs a dead letter again. */
  #operateLater(n: number): void {
    const { clock } = this.#world;
    const kind = Math.floor(draw(this.#seed, 'operate', n) * 5);
    clock.setTimer(() => void this.#operate(kind, n), draw(this.#seed, 'when', n) * 60_000);
  }

  async #operate(kind: number, n: number): Promise<void> {
    const { pool } = this.#daemon;
    const { clock } = this.#world;
    if (kind === 0) this.#daemon.resize(1 + Math.floor(draw(this.#seed, 'size', n) * 5));
    if (kind === 1) {
      void pool.pause();
      clock.setTimer(() => pool.resume(), 5_000);
    }
    if (kind === 2) await this.#cancel(n);
    if (kind > 2) await redriveOpen(this.#daemon, clock);
  }

  async #cancel(n: number): Promise<void> {
    const { faulty, pool } = this.#daemon;
    const known = [...this.#submissions.keys()];
    const workflowId = known[Math.floor(draw(this.#seed, 'cancelled', n) * known.length)];
    if (workflowId === undefined) return;
    const at = this.#world.clock.now();
    const event = { type: 'cancel-requested', at, reason: 'changed my mind' } as const;
    // Whoever is told that it failed asks again, or does not: both are right.
    const applied = await faulty.apply({ workflowId, event }).catch(() => undefined);
    if (applied?.record.state.status === 'running') pool.cancel(workflowId);
  }

  async #untilAllEnded(): Promise<boolean> {
    for (;;) {
      const { nextAt, now } = this.#world;
      if (now >= healedAfterMs && !this.#workshop.isWell) this.#heal();
      if (now > healedAfterMs + patienceMs) return false;
      if (now >= healedAfterMs && (await this.#isOver())) return true;
      await this.#world.advance(Math.max(0, Math.min(nextAt ?? Infinity, now + 5_000) - now));
      await this.#daemon.settle();
      await this.#riseIfKilled();
    }
  }

  #heal(): void {
    this.#chaos.turn(false);
    this.#workshop.isWell = true;
    this.#daemon.pool.resume();
  }

  async #isOver(): Promise<boolean> {
    if (this.#unacknowledged > 0) return false;
    const { queued, running, waiting } = await this.#daemon.store.counts();
    return queued + running + waiting + this.#daemon.pool.running === 0;
  }
}

function firstLife(directory: string): string {
  return join(directory, 'life-1.db');
}
