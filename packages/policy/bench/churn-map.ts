// What collecting costs where a hundred entries of 1 kB live and others take their place, after a
// full collection: node --expose-gc --conditions=chimera-source packages/policy/bench/churn-map.ts
import { PerformanceObserver } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { ChurnMap } from '@chimera/policy';

const [rounds, count, living] = [5, 1_000_000, 100];
const filler = Array.from({ length: 128 }, () => 0);
const collect = globalThis.gc;
if (collect === undefined) throw new Error('to be run with --expose-gc');

let collectedMs = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) collectedMs += duration;
}).observe({ entryTypes: ['gc'] });

interface Churned {
  set(key: number, value: object): unknown;
  delete(key: number): boolean;
}

async function measure(map: Churned): Promise<{ ns: number; collectingNs: number }> {
  for (let key = 0; key < 1_000; key += 1) map.set(key, {});
  for (let key = 0; key < 1_000 - living; key += 1) map.delete(key);
  collect?.();
  // The observer is told later.
  await setTimeout(50);
  collectedMs = 0;
  const begin = performance.now();
  for (let key = 1_000; key < 1_000 + count; key += 1) {
    map.set(key, filler.slice());
    map.delete(key - living);
  }
  const ms = performance.now() - begin;
  await setTimeout(50);
  return { ns: (ms * 1e6) / count, collectingNs: (collectedMs * 1e6) / count };
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const kinds = {
  Map: () => new Map<number, object>(),
  ChurnMap: () => new ChurnMap<number, object>(),
};
const found = new Map<string, Awaited<ReturnType<typeof measure>>[]>();
for (let round = 0; round < rounds; round += 1)
  for (const [name, make] of Object.entries(kinds))
    found.set(name, [...(found.get(name) ?? []), await measure(make())]);
for (const [name, all] of found) {
  const entry = median(all.map(({ ns }) => ns))?.toFixed(0);
  const collecting = median(all.map(({ collectingNs }) => collectingNs))?.toFixed(0);
  console.log(
    `${name}: ${entry} ns for an entry that comes and goes, ${collecting} of them collecting`,
  );
}
