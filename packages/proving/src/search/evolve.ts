import { seededRandom } from '@chimera/policy';
import { Breeder } from './breeder.ts';
import type { Trace, TraceSpace } from './trace.ts';
import type { Trials } from './trials.ts';

const populationSize = 16;
const strangerShare = 0.15;

interface Member {
  readonly trace: Trace;
  readonly fitness: number;
}

export interface Evolved {
  /** The first trace that does harm. */
  readonly found: Trace | undefined;
  /** Of the others the one that came nearest, and its harm by as many seeds as it was tried with. */
  readonly nearest: { readonly trace: Trace; readonly harm: number };
}

/**
 * Evolves traces until one does harm: parents are the fittest of a few that are drawn, a child has
 * some triggers of each and one change, and takes the place of the least fit. The first trace that
 * is tried is an ordinary day: what harms then needs nothing to go wrong.
 */
export async function evolve(
  trials: Trials,
  space: TraceSpace,
  evaluations: number,
): Promise<Evolved> {
  const random = seededRandom(trials.evolutionSeed);
  const breeder = new Breeder(random, space);
  const population: Member[] = [];
  let nearest: Evolved['nearest'] = { trace: [], harm: -Infinity };

  const child = (): Trace => {
    const [first] = population;
    if (first === undefined) return [];
    if (population.length < populationSize || random() < strangerShare) return breeder.fresh();
    const one = breeder.drawn(first, population);
    const other = breeder.drawn(first, population);
    return breeder.mutated(breeder.crossed(one.trace, other.trace));
  };

  // A small space is drawn from again and again: there is an end to that as well.
  for (let draws = 0; draws < 20 * evaluations && trials.evaluations < evaluations; draws += 1) {
    const trace = child();
    const { fitness, isHarm } = await trials.try(trace);
    if (isHarm) return { found: trace, nearest };
    if (fitness > nearest.harm) nearest = { trace, harm: fitness };
    settle(population, { trace, fitness });
  }
  return { found: undefined, nearest };
}

/** Of equals the smaller stays. */
function settle(population: Member[], member: Member): void {
  population.push(member);
  population.sort(
    (one, other) => other.fitness - one.fitness || one.trace.length - other.trace.length,
  );
  if (population.length > populationSize) population.pop();
}
