import { writeSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { candidates } from './candidates.ts';
import { type Engine, inputOf } from './engine.ts';
import type { Scenario } from './scenarios.ts';
import { settleDisk } from './settle-disk.ts';

/** What a process of its own is told, as JSON in its first argument. */
export interface Task {
  readonly candidate: string;
  readonly scenario: Scenario;
  readonly workflows: number;
  /** How long what is measured is done before, at least. */
  readonly warmUpMs: number;
  /** Workflows that wait in the backlog scenario. */
  readonly backlog: number;
  readonly folder: string;
  readonly address: string;
  readonly packages: string;
}

/** What it prints. Times in ms. */
export interface Figures {
  readonly perSecond?: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** 99th percentile of how late the event loop was. */
  readonly loopDelayMs?: number;
  /** Without the backlog. */
  readonly emptyPerSecond?: number;
  readonly claimP50Ms?: number;
  readonly claimP99Ms?: number;
  /** By how much the resident memory grew while the backlog came in and part of it was run. */
  readonly grownMegabytes?: number;
}

const task = JSON.parse(process.argv[2] ?? '') as Task;
const { scenario } = task;
const candidate = candidates.find(({ name }) => name === task.candidate);
if (candidate === undefined) throw new RangeError(`there is no candidate ${task.candidate}`);

let done = 0;
let whenDone: (() => void) | undefined;
const whenDoneOf = new Map<number, () => void>();
const startedAt = new Map<number, number>();
const isIdle = scenario.kind === 'idle';
const engine = await candidate.start({
  ...task,
  concurrency: scenario.concurrency,
  works: scenario.kind !== 'submit',
  runPhase: async (id, phase) => {
    if (isIdle && phase === 1) startedAt.set(id, performance.now());
    if (scenario.phaseMs > 0) await setTimeout(scenario.phaseMs);
  },
  onDone: (id) => {
    done += 1;
    whenDoneOf.get(id)?.();
    whenDone?.();
  },
});
let submitted = 0;
const figures = await measure();
await engine.close();
writeSync(1, JSON.stringify(figures));
// Some peers keep timers.
process.exit();

async function measure(): Promise<Figures> {
  const { workflows } = task;
  switch (scenario.kind) {
    case 'run': {
      await warmUp(runAll);
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      const perSecond = await runAll(workflows);
      delay.disable();
      await check(engine);
      // The sampler's own period is in its figures.
      return { perSecond, loopDelayMs: Math.max(0, delay.percentile(99) / 1e6 - 1) };
    }
    case 'submit': {
      await warmUp(submitAll);
      const begin = performance.now();
      await submitAll(workflows);
      const perSecond = (workflows / (performance.now() - begin)) * 1_000;
      const accepted = await engine.accepted();
      if (accepted !== submitted) throw new Error(`${accepted} of ${submitted} were accepted`);
      return { perSecond };
    }
    case 'idle':
      return idle();
    case 'backlog':
      return backlog();
  }
}

/**
 * The first 20,000 workflows of a process are slower, by a fifth and more, than those that come when
 * V8 has compiled what they come by; and a daemon runs for days.
 */
async function warmUp(doAll: (count: number) => Promise<unknown>): Promise<void> {
  const end = performance.now() + task.warmUpMs;
  do await doAll(task.workflows);
  while (performance.now() < end);
}

/** Per second, from the first submit to the last recorded phase. */
async function runAll(count: number): Promise<number> {
  const target = done + count;
  const finished = until(target);
  const begin = performance.now();
  await submitAll(count);
  await finished;
  return (count / (performance.now() - begin)) * 1_000;
}

async function submitAll(count: number): Promise<void> {
  let left = count;
  const { batch, callers } = scenario;
  async function submitInTurn() {
    while (left > 0) {
      const size = Math.min(batch, left);
      left -= size;
      const inputs = Array.from({ length: size }, () => inputOf((submitted += 1)));
      const [first] = inputs;
      const ended =
        candidate?.runsAtOnce === true && scenario.kind === 'run' && first !== undefined
          ? new Promise<void>((resolve) => whenDoneOf.set(first.id, resolve))
          : undefined;
      await engine.submit(inputs);
      await ended;
    }
  }
  await Promise.all(Array.from({ length: callers }, submitInTurn));
}

async function idle(): Promise<Figures> {
  const waits: number[] = [];
  const samples = Math.min(task.workflows, 200);
  for (let sample = -5; sample < samples; sample += 1) {
    const input = inputOf((submitted += 1));
    const finished = until(done + 1);
    const begin = performance.now();
    await engine.submit([input]);
    await finished;
    // The first ones warm it up.
    if (sample >= 0) waits.push((startedAt.get(input.id) ?? Number.NaN) - begin);
    await setTimeout(10);
  }
  await check(engine);
  return { p50Ms: percentile(waits, 0.5), p99Ms: percentile(waits, 0.99) };
}

/** All of it waits when the measurement begins. */
async function backlog(): Promise<Figures> {
  await warmUp(runAll);
  const emptyPerSecond = await runAll(task.workflows);
  const before = process.memoryUsage().rss;
  const held = task.backlog;
  engine.resize?.(0);
  for (let kept = 0; kept < held; kept += scenario.batch) {
    await engine.submit(Array.from({ length: scenario.batch }, () => inputOf((submitted += 1))));
  }
  const waiting = (await engine.accepted()) - done;
  if (waiting !== held) throw new Error(`${waiting} of ${held} workflows wait`);
  settleDisk();
  const from = done;
  const begin = performance.now();
  engine.resize?.(scenario.concurrency);
  await until(from + task.workflows);
  const perSecond = ((done - from) / (performance.now() - begin)) * 1_000;
  const grown = process.memoryUsage().rss - before;
  engine.resize?.(0);
  const claims = await claimsMs(engine);
  const [claimP50Ms, claimP99Ms] = [percentile(claims, 0.5), percentile(claims, 0.99)];
  return { perSecond, emptyPerSecond, claimP50Ms, claimP99Ms, grownMegabytes: grown / 1e6 };
}

/** One after the other, each until its commit is on the disk. */
async function claimsMs({ claim }: Engine): Promise<number[]> {
  const durations: number[] = [];
  for (let made = 0; made < 1_000; made += 1) {
    const begin = performance.now();
    await claim?.();
    durations.push(performance.now() - begin);
  }
  return durations;
}

function until(target: number): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (done >= target) resolve();
    };
    whenDone = look;
    look();
  });
}

/** Speed counts for nothing when a workflow or a phase is missing. */
async function check({ finished }: Engine): Promise<void> {
  let whole = await finished();
  // Some say that a job is done a moment before they write it.
  for (let looks = 0; looks < 100 && whole !== submitted; looks += 1) {
    await setTimeout(50);
    whole = await finished();
  }
  if (whole !== submitted) {
    throw new Error(`${whole} of ${submitted} workflows finished with three recorded phases`);
  }
}

function percentile(sample: readonly number[], share: number): number {
  const sorted = sample.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
