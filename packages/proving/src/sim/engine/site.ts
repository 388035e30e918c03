import { type Random, seededRandom } from '@chimera/policy';
import type { Agenda } from './agenda.ts';
import type { Conditions } from './conditions.ts';

/** Where a server or a client stands: its time, its chance, and the conditions there. */
export interface Site {
  readonly agenda: Agenda;
  readonly random: Random;
  readonly conditions: Conditions;
}

/** Seeds from a seed: what one part draws does not shift what another one draws. */
export function seedsFrom(seed: number): () => number {
  const draw = seededRandom(seed);
  return () => Math.trunc(draw() * 2 ** 32);
}

/** A part of a site: with chance of its own, and under the same conditions unless there are others. */
export function partOf(site: Site, conditions: Conditions = site.conditions): Site {
  const seed = Math.trunc(site.random() * 2 ** 32);
  return { agenda: site.agenda, random: seededRandom(seed), conditions };
}
