import { execFileSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { costs } from './costs.ts';
import { costTable } from './cost-table.ts';
import type { Result } from './measure.ts';
import { median, rounded } from './median.ts';
import { scenarios } from './scenarios.ts';
import { type Figures, table } from './table.ts';

// `node bench/policies/run.ts a f` measures these alone, and leaves the stored results as they are;
// `costs` stands for what policies cost apart from their calls.
const chosen = process.argv.slice(2);
const isChosen = (name: string) => chosen.length === 0 || chosen.includes(name);
const letters = scenarios.map(({ letter }) => letter).filter(isChosen);

/** Processes differ by up to a fifth: in how the compiler happened to see the code, above all. */
const processes = 3;

const apart = letters.map((letter) => Array.from({ length: processes }, () => measured([letter])));
const together = Array.from({ length: processes }, () => measured(letters));

const results: Figures[] = [];
for (const [index, letter] of letters.entries()) {
  const scenario = scenarios.find((known) => known.letter === letter);
  const alone = merged(apart[index] ?? []);
  const mixed = merged(together.map((run) => run.filter((result) => result.scenario === letter)));
  const figures = alone.map((result, place) => ({
    ...result,
    ratioMixed: mixed[place]?.ratioToFloor ?? Number.NaN,
  }));
  if (scenario !== undefined) console.log(table(scenario, figures));
  results.push(...figures);
}
const folder = join(import.meta.dirname, '../results');
await mkdir(folder, { recursive: true });
if (chosen.length === 0) await store('policies', results);
if (isChosen('costs')) {
  const found = await costs();
  console.log(costTable(found));
  if (chosen.length === 0) await store('policy-costs', found);
}

/** In a process of its own: one that runs many kinds of policies compiles what they share worse. */
function measured(those: readonly string[]): Result[] {
  if (those.length === 0) return [];
  const script = join(import.meta.dirname, 'measure-here.ts');
  const words = [...process.execArgv, script, ...those];
  return JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' })) as Result[];
}

/** The medians of several runs of the same scenario. */
function merged([first = [], ...others]: readonly Result[][]): Result[] {
  return first.map((result, index) => {
    const runs = [result, ...others.flatMap((run) => run[index] ?? [])];
    return {
      ...result,
      medianNs: rounded(median(runs.map(({ medianNs }) => medianNs)), 1),
      ratioToFloor: rounded(median(runs.map(({ ratioToFloor }) => ratioToFloor)), 2),
    };
  });
}

async function store(name: string, value: unknown): Promise<void> {
  await writeFile(join(folder, `${name}.json`), `${JSON.stringify(value, undefined, 2)}\n`);
}
