import { integerOption, refuseOption, seededRandom } from '@chimera/policy';
import type { Law } from '../laws/law.ts';
import { lawsOf } from '../laws/laws-of.ts';
import { generate } from './generate.ts';
import { judge, type Trial } from './judge.ts';
import { onlyKnown } from './only-known.ts';
import { ProofError } from './proof-error.ts';
import { decode } from './prv.ts';
import { readRules, type Rules } from './rules.ts';
import { shrink } from './shrink.ts';
import type { Create } from './subject.ts';

export interface CheckOptions {
  /** How many programs are tried. Default 1000. */
  readonly runs?: number;
  /** Another one, other programs. Default 1: a test that is red is red for everybody. */
  readonly seed?: number;
  /** Ids of the laws that apply. Default: all of the policy's kind. */
  readonly laws?: readonly string[];
  /** Ids of laws that the policy is known not to keep. */
  readonly except?: readonly string[];
  /** For messages. Default: the kind of the policy. */
  readonly name?: string;
}

export interface Checked {
  readonly runs: number;
  /** Of all programs together. */
  readonly steps: number;
  /** Ids of the laws that were kept. */
  readonly laws: readonly string[];
}

const owner = 'proving';
const known = ['runs', 'seed', 'laws', 'except', 'name'];

/**
 * Tries random programs of calls, outcomes, aborts and waits on a policy, each on a new one in a
 * world of its own, and holds every run to the laws of its kind. Rejects with {@link ProofError},
 * which tells the shortest such program that still breaks the law.
 * @param create makes the policy; the world that it is given has its `clock` and `random`.
 * @param promised what it promises: `breaker({ … })`, `retry({ … })`, and so on.
 * @throws RangeError (as a rejection) for a wrong option, and when no law is left to hold it to.
 */
export async function checkPolicy(
  create: Create,
  promised: Rules,
  options: CheckOptions = {},
): Promise<Checked> {
  const rules = readRules(promised);
  const { runs = 1_000, seed = 1, name = rules.kind } = options;
  if (!Number.isSafeInteger(runs) || runs < 1) {
    refuseOption(owner, 'runs', 'an integer >= 1', runs);
  }
  integerOption(owner, 'seed', seed, 0, 2 ** 32 - 1);
  const laws = chosenLaws(rules, options);
  const trial: Trial = { rules, create, laws };
  const seeds = seededRandom(seed);
  let steps = 0;
  for (let run = 1; run <= runs; run += 1) {
    const runSeed = Math.trunc(seeds() * 2 ** 32);
    const program = generate(rules, seededRandom(runSeed));
    steps += program.length;
    // Every other run has a twin: what two runs tell apart shows in many programs.
    const verdict = await judge(program, trial, runSeed, run % 2);
    if (verdict === undefined) continue;
    const smallest = await shrink(program, verdict, trial, runSeed);
    const found = { rules, seed: runSeed, program: smallest.program };
    const except = exceptAlso(smallest.verdict.law, laws, options);
    throw new ProofError(name, smallest.verdict, found, run, except);
  }
  return { runs, steps, laws: laws.map(({ id }) => id) };
}

/** Plays a `prv1:` string: the same calls at the same instants, on any machine. Rejects as {@link checkPolicy} does. */
export async function replay(
  proof: string,
  create: Create,
  options: Omit<CheckOptions, 'runs' | 'seed'> = {},
): Promise<Checked> {
  const found = decode(proof);
  const { program, seed } = found;
  const rules = readRules(found.rules);
  const laws = chosenLaws(rules, options);
  const verdict = await judge(program, { rules, create, laws }, seed);
  if (verdict !== undefined) {
    const except = exceptAlso(verdict.law, laws, options);
    throw new ProofError(options.name ?? rules.kind, verdict, found, 1, except);
  }
  return { runs: 1, steps: program.length, laws: laws.map(({ id }) => id) };
}

/** What to leave out for the other laws to be tried; undefined when there are no others. */
function exceptAlso(
  broken: Law,
  laws: readonly Law[],
  { except = [] }: CheckOptions,
): readonly string[] | undefined {
  return laws.length > 1 ? [...except, broken.id] : undefined;
}

function chosenLaws(rules: Rules, options: CheckOptions): readonly Law[] {
  onlyKnown(owner, 'the options', options, known);
  const { laws, except = [] } = options;
  const all = lawsOf(rules.kind);
  const ids = all.map(({ id }) => id).join(', ');
  for (const [option, list] of Object.entries({ laws: laws ?? [], except })) {
    if (!Array.isArray(list)) refuseOption(owner, option, 'a list of ids', list);
    for (const id of list)
      if (!all.some((law) => law.id === id))
        refuseOption(owner, option, `of a ${rules.kind} (${ids})`, id);
  }
  const chosen = all.filter(({ id }) => (laws?.includes(id) ?? true) && !except.includes(id));
  if (chosen.length > 0) return chosen;
  const after = except.length > 0 ? ' that except leaves' : '';
  throw new RangeError(
    `${owner}: laws must be at least one of a ${rules.kind}${after} (${ids}), got none`,
  );
}
