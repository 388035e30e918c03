import type { Create } from '../check/subject.ts';
import type { Rules } from '../check/rules.ts';
import type { Mutant } from './mutant.ts';
import { zoo } from './zoo.ts';

/** What a suite of tests says of a policy: it returns, or throws or rejects when a test is red. */
export type Suite = (create: Create, rules: Rules) => unknown;

export interface SuiteScore {
  readonly caught: readonly string[];
  readonly missed: readonly Mutant[];
  /** Of all mutants, how many are caught: from 0 to 1. */
  readonly share: number;
}

/** How many of the zoo's wrong policies a suite of tests notices. */
export async function scoreSuite(
  suite: Suite,
  mutants: readonly Mutant[] = zoo(),
): Promise<SuiteScore> {
  const caught: string[] = [];
  const missed: Mutant[] = [];
  for (const mutant of mutants) {
    try {
      await suite(mutant.create, mutant.rules);
      missed.push(mutant);
    } catch {
      caught.push(mutant.name);
    }
  }
  return { caught, missed, share: mutants.length === 0 ? 1 : caught.length / mutants.length };
}
