import { mkdirSync, writeFileSync } from 'node:fs';
import { adapters } from './adapters.ts';
import { readFindings } from './findings.ts';
import { readScenarios } from './read-scenarios.ts';
import { type Scoreboard, scoreboard } from './scoreboard.ts';
import { scoreboardText } from './scoreboard-text.ts';

const [ours] = adapters;
const board = await scoreboard(readScenarios(), adapters, readFindings());
const results = new URL('results/', import.meta.url);
mkdirSync(results, { recursive: true });
writeFileSync(new URL('scoreboard.json', results), lines(board));
process.stdout.write(scoreboardText(board));

const failed = board.rows.filter(({ cells }) => cells[ours?.library ?? '']?.result === 'FAIL');
process.exitCode = failed.length === 0 ? 0 : 1;

/** A row is a line, so that what changes is seen in a diff. */
function lines({ libraries, rows }: Scoreboard): string {
  const body = rows.map((row) => `    ${JSON.stringify(row)}`).join(',\n');
  return `{\n  "libraries": ${JSON.stringify(libraries)},\n  "rows": [\n${body}\n  ]\n}\n`;
}
