import { certificateText } from './certificate-text.ts';
import { isKept, type Row } from './row.ts';
import { studies } from './studies.ts';

/**
 * Plays published results again and prints what is known beside what came out. Words name studies;
 * without any, all are played. `--small` plays what the test suite does.
 */
const words = process.argv.slice(2);
const names = words.filter((word) => !word.startsWith('--'));
const extent = words.includes('--small') ? 'small' : 'full';
const unknown = names.filter((name) => !(name in studies));
const rows: Row[] = [];

for (const name of unknown) {
  process.stderr.write(
    `certify: no study "${name}"; there are ${Object.keys(studies).join(', ')}\n`,
  );
}
for (const [name, study] of Object.entries(studies)) {
  if (names.length > 0 && !names.includes(name)) continue;
  const startedAt = performance.now();
  rows.push(...(await study(extent)));
  const seconds = (performance.now() - startedAt) / 1_000;
  process.stderr.write(`${name}: ${seconds.toFixed(1)} s\n`);
}

const kept = rows.filter(isKept).length;
process.stdout.write(`${certificateText(rows)}\n\n${kept} of ${rows.length} figures kept\n`);
process.exitCode = rows.length > 0 && kept === rows.length && unknown.length === 0 ? 0 : 1;
