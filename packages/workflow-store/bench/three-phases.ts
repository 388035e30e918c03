/**
 * Three-phase workflows per second with synchronous=FULL and 100 workflows in flight, against two
 * loops of prepared statements on the same disk in the same run: "bare" commits groups of 100
 * without callers, promises, history, leases or JSON checks; it is the ceiling. Run it with
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
const inFlight = 100;

async function timed(run: (path: string) => Promise<void> | void): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), 'three-phases-'));
  try {
    const start = performance.now();
    await run(join(directory, 'store.db'));
    return (workflows / (performance.now() - start)) * 1_000;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}

const bare: number[] = [];
const store: number[] = [];
for (let round = 0; round < rounds; round += 1) {
  bare.push(await timed((path) => bareGroupedLoop(path, workflows, inFlight)));
  store.push(await timed((path) => runThroughStore(path, workflows, inFlight)));
}
const [bareRate, storeRate] = [median(bare), median(store)];
console.log(`workflows/s, median of ${rounds} rounds of ${workflows}, ${inFlight} in flight, FULL`);
console.log(`bare grouped loop  ${Math.round(bareRate)}`);
console.log(
  `workflow store     ${Math.round(storeRate)}  (${Math.round((storeRate / bareRate) * 100)} %)`,
);
console.log('rounds', bare.map(Math.round).join(' '), '|', store.map(Math.round).join(' '));
