import { readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { adapters } from '../adapters.ts';
import { readFindings } from '../findings.ts';
import { readScenarios } from '../read-scenarios.ts';
import { type Scoreboard, scoreboard } from '../scoreboard.ts';
import { scoreboardText } from '../scoreboard-text.ts';

const findings = readFindings();
let board: Scoreboard;

beforeAll(async () => {
  board = await scoreboard(readScenarios(), adapters, findings);
}, 60_000);

test('every deviation of a peer has been looked into, in the version that is installed', () => {
  const failed = board.libraries.flatMap(({ library, version }) =>
    board.rows
      .filter(({ cells }) => cells[library]?.result === 'FAIL')
      .map(({ id }) => `${id} ${library} ${version}`),
  );
  const found = findings.map(
    ({ library, scenario, version }) => `${scenario} ${library} ${version}`,
  );
  expect(failed.sort()).toEqual(found.sort());
});

test('the scoreboard that is kept is the one that is played', () => {
  const kept = new URL('../results/scoreboard.json', import.meta.url);
  expect(JSON.parse(readFileSync(kept, 'utf8'))).toEqual(JSON.parse(JSON.stringify(board)));
});

test('a failure is printed with what was done instead and why, and what does not apply with its reason', () => {
  const text = scoreboardText(board);
  for (const { because } of findings) expect(text).toContain(because);
  const cases = board.rows.flatMap(({ cells }) =>
    Object.values(cells).flatMap((cell) => cell.cases),
  );
  const did = cases.flatMap((each) => (each.result === 'FAIL' ? [each.did] : []));
  for (const phrase of [...did, ...board.rows.map(({ id }) => id)]) expect(text).toContain(phrase);
  expect(text).not.toContain('nobody has looked');
});

test('globals are as they were after the peers have played', () => {
  expect(Date.now()).toBeGreaterThan(Date.UTC(2026, 0, 2));
  expect(Math.random()).not.toBe(Math.random());
});
