import type { Breach, Law } from '../laws/law.ts';
import type { History, Seen } from './history.ts';
import { perform } from './perform.ts';
import type { Rules } from './rules.ts';
import type { Program } from './step.ts';
import type { Create } from './subject.ts';

/** A law that a policy broke, and the run in which it did. */
export interface Verdict {
  readonly law: Law;
  readonly breach: Breach;
  readonly history: History;
}

/** What is on trial. */
export interface Trial {
  readonly rules: Rules;
  readonly create: Create;
  readonly laws: readonly Law[];
}

/**
 * Runs a program and holds it to the laws: the first that is broken, or undefined.
 * @param twins how many of the laws that compare two runs are tried, from one that the seed names
 * on: each costs a run more. Default: all.
 */
export async function judge(
  program: Program,
  { rules, create, laws }: Trial,
  seed: number,
  twins: number = Infinity,
): Promise<Verdict | undefined> {
  const history = await perform(program, rules, create, seed);
  for (const law of laws) {
    if (!('check' in law)) continue;
    const breach = law.check(history);
    if (breach !== undefined) return { law, breach, history };
  }
  const pairs = laws.flatMap((law) => {
    const twin = 'twin' in law ? law.twin(program) : undefined;
    return twin === undefined ? [] : [{ law, twin }];
  });
  const first = seed % Math.max(1, pairs.length);
  const chosen = [...pairs.slice(first), ...pairs.slice(0, first)].slice(0, twins);
  for (const { law, twin } of chosen) {
    const breach = difference(history, await perform(twin, rules, create, seed));
    if (breach !== undefined) return { law, breach, history };
  }
  return undefined;
}

/** The first thing that the calls of one run did otherwise than those of the other. */
function difference(one: History, other: History): Breach | undefined {
  const expected = other.seen.filter(isOfCalls);
  let position = 0;
  for (const [at, event] of one.seen.entries()) {
    if (!isOfCalls(event)) continue;
    const twin = expected[position++];
    if (JSON.stringify(event) !== JSON.stringify(twin)) {
      return { at, says: `in the other run: ${twin === undefined ? 'nothing' : describe(twin)}` };
    }
  }
  const left = expected[position];
  const at = one.seen.length - 1;
  return left && { at, says: `in the other run there is more: ${describe(left)}` };
}

function isOfCalls({ type }: Seen): boolean {
  return type === 'called' || type === 'started' || type === 'answered' || type === 'ended';
}

function describe(event: Seen): string {
  const call = 'call' in event ? ` ${event.call}` : '';
  const answer = event.type === 'answered' ? `: ${event.answer.as}` : '';
  return `call${call} is ${event.type}${answer} at ${event.at}`;
}
