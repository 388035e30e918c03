import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { readScenarios } from '../read-scenarios.ts';
import { scenario } from '../scenario-schema.ts';
import { scenarioJsonSchema } from '../scenario-json-schema.ts';

const [example] = readScenarios();

test('every file is a scenario with an id of its own, and expects something', () => {
  const scenarios = readScenarios();
  expect(scenarios.length).toBeGreaterThanOrEqual(70);
  expect(new Set(scenarios.map(({ id }) => id)).size).toBe(scenarios.length);
  for (const { cases } of scenarios) {
    expect(new Set(cases.map((each) => each.case)).size).toBe(cases.length);
    for (const { steps } of cases) {
      const last = steps.at(-1);
      expect(last !== undefined && ('expect' in last || 'calls' in last)).toBe(true);
    }
  }
});

test('what is misspelt is refused, not left out', () => {
  expect(scenario.safeParse(example).success).toBe(true);
  expect(scenario.safeParse({ ...example, tittle: 'x' }).success).toBe(false);
  const [first] = example?.cases ?? [];
  const wrong = { ...example, cases: [{ ...first, steps: [{ expect: { stat: 'open' } }] }] };
  expect(scenario.safeParse(wrong).success).toBe(false);
});

test('the JSON Schema that is kept for other languages is that of the scenarios', () => {
  const kept = new URL('../scenario.schema.json', import.meta.url);
  expect(JSON.parse(readFileSync(kept, 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(scenarioJsonSchema())),
  );
  expect(z.toJSONSchema(scenario)).toMatchObject({ type: 'object' });
});
