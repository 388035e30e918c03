import { z } from 'zod';
import { scenario } from './scenario-schema.ts';

/** The form of a scenario, for editors and for runners in other languages. */
export function scenarioJsonSchema(): unknown {
  return z.toJSONSchema(scenario, { io: 'input' });
}
