import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { scenario, type Scenario } from './scenario-schema.ts';

const folder = new URL('scenarios/', import.meta.url);

/** All scenarios, in the order of their ids. Throws for a file that is not one. */
export function readScenarios(): readonly Scenario[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map(readScenario);
}

function readScenario(file: string): Scenario {
  const data: unknown = JSON.parse(readFileSync(new URL(file, folder), 'utf8'));
  const parsed = scenario.safeParse(data);
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
  if (file !== `${parsed.data.id}.json`) throw new Error(`${file}: its id is "${parsed.data.id}"`);
  return parsed.data;
}
