import { seededRandom } from '@chimera/policy';
import { createLog } from '../src/log.ts';
import { hostileValues } from '../test/hostile-values.ts';

/**
 * Logs hostile content and reads every line back: each must be one object of JSON in one line of
 * text. `node --conditions=chimera-source bench/million-log-lines.ts [lines] [seed]`
 */
const [lines = 1_000_000, seed = 1] = process.argv.slice(2).map(Number);
const random = seededRandom(seed);
// The few that are huge cost a thousand times as much as others, and come once in a while.
const [huge, small] = [[], []] as [unknown[], unknown[]];
for (const value of hostileValues()) (weight(value) > 20_000 ? huge : small).push(value);

let read = 0;
let wrong = 0;
const decoder = new TextDecoder('utf-8', { fatal: true });
const log = createLog('trace', {
  write: (chunk: string) => {
    read += 1;
    const text = decoder.decode(Buffer.from(chunk));
    const isOneLine = text.indexOf('\n') === text.length - 1;
    if (!isOneLine || typeof JSON.parse(text) !== 'object') {
      wrong += 1;
      process.stdout.write(`seed ${seed}, line ${read} is not one line of JSON: ${text}\n`);
    }
  },
});
const startedAt = process.hrtime.bigint();
for (let line = 0; line < lines; line += 1) {
  const values = line % 5_000 === 0 ? huge : small;
  const value = values[Math.floor(random() * values.length)];
  if (line % 3 === 0) log.warn({ component: 'hostile', value }, noise());
  else if (line % 3 === 1) log.error(value as object, noise());
  else log.info({ [noise()]: noise() }, typeof value === 'string' ? value : noise());
}
const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
process.stdout.write(
  `${read} lines read of ${lines} logged, ${wrong} wrong, in ${seconds.toFixed(1)} s\n`,
);
process.exitCode = read === lines && wrong === 0 ? 0 : 1;

/** Any code units: controls, halves of pairs, quotes. */
function noise(): string {
  const length = Math.floor(random() * 40);
  const units = Array.from({ length }, () => {
    const unit = random() < 0.5 ? random() * 0x100 : random() * 0x1_0000;
    return Math.floor(unit);
  });
  return String.fromCharCode(...units);
}

function weight(value: unknown): number {
  if (typeof value === 'string') return value.length;
  try {
    return JSON.stringify(value)?.length ?? 0;
  } catch {
    return 0;
  }
}
