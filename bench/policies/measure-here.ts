import { writeSync } from 'node:fs';
import { type Effort, measure } from './measure.ts';
import { scenarios } from './scenarios.ts';

// All scenarios named, one after the other in this process; prints what it measured as JSON.
const letters = process.argv.slice(2);

// Short batches: on a machine that does other work, most of them then run without interruption.
const effort: Effort = {
  warmUpMs: 250,
  rounds: 101,
  leastRounds: 9,
  longestMs: 3_000,
  batchMs: 1,
};

const results = [];
for (const letter of letters) {
  const scenario = scenarios.find((known) => known.letter === letter);
  if (scenario === undefined) throw new RangeError(`there is no scenario ${letter}`);
  results.push(...(await measure(scenario, effort)));
}
writeSync(1, JSON.stringify(results));
// Some peers keep timers.
process.exit();
