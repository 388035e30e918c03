/**
 * Three-phase workflows per second with synchronous=FULL, against a bare loop of prepared
 * statements on the same disk in the same run. The bare loop commits groups of 100 and has no
 * callers, promises, history, leases or checks: it is the ceiling, not a rival. One workflow in
 * flight shows what the store does without group commit. CPU time is the steadier figure where
 * the machine is shared. Run it with
 *
 *   node --conditions=chimera-source bench/three-phases.ts [workflows] [rounds]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { bareGroupedLoop } from './bare-grouped-loop.ts';
import { runThroughStore } from './run-through-store.ts';

const workflows = Number(process.argv[2] ?? 10_000);
const rounds = Number(process.argv[3] ?? 5);

interface Figures {
  readonly perSecond: number;
  /** User and system time in microseconds per workflow. */
  readonly cpu: number;
}

async function measured(
  count: number,
  run: (path: string) => Promise<void> | void,
): Promise<Figures> {
  const directory = mkdtempSync(join(tmpdir(), 'three-phases-'));
  try {
    const start = performance.now();
    const before = process.cpuUsage();
    await run(join(directory, 'store.db'));
    const { system, user } = process.cpuUsage(before);
    const seconds = (performance.now() - start) / 1_000;
    return { perSecond: count / seconds, cpu: (user + system) / count };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const contenders = {
  'bare loop, groups of 100': () =>
    measured(workflows, (path) => bareGroupedLoop(path, workflows, 100)),
  'store, 100 in flight': () =>
    measured(workflows, (path) => runThroughStore(path, workflows, 100)),
  'store, 1 in flight': () =>
    measured(workflows / 10, (path) => runThroughStore(path, workflows / 10, 1)),
};

const figures = new Map<string, Figures[]>();
for (let round = 0; round < rounds; round += 1)
  for (const [name, contender] of Object.entries(contenders))
    figures.set(name, [...(figures.get(name) ?? []), await contender()]);

console.log(`${workflows} workflows, medians of ${rounds} rounds (best round)`);
for (const [name, all] of figures) {
  const rates = all.map(({ perSecond }) => perSecond).toSorted((left, right) => left - right);
  const cpu = all.map((figure) => figure.cpu).toSorted((left, right) => left - right);
  const [median, best] = [rates[Math.floor(rounds / 2)] ?? 0, rates.at(-1) ?? 0];
  console.log(
    `${name.padEnd(26)} ${Math.round(median)}/s (${Math.round(best)}/s), ${Math.round(cpu[0] ?? 0)} us CPU`,
  );
}
