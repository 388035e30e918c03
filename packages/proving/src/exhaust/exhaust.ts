import { integerOption, refuseOption } from '@chimera/policy';

/** A machine whose every situation is to be visited. */
export interface Machine<Situation> {
  readonly start: Situation;
  /** Everything that can happen next, each with a name for traces. */
  moves(situation: Situation): Iterable<readonly [name: string, next: Situation]>;
  /**
   * Two situations with the same key have the same future. Leave out of it what does not matter
   * (instants and numbers that count only relative to each other), and the search can end. Default:
   * the situation as JSON, with NaN and infinities told apart; what JSON leaves out (a Map, a Set, a
   * BigInt) is refused.
   */
  key?(situation: Situation): string;
  /** What is wrong with a step; undefined when every invariant holds. */
  wrong(before: Situation, name: string, after: Situation): string | undefined;
}

export interface ExhaustOptions {
  /** The search goes no deeper. Default: until there is nothing new. */
  readonly depth?: number;
  /** The search visits no more situations. Default 1 000 000. */
  readonly situations?: number;
}

export type Exhausted =
  | {
      readonly holds: true;
      /** Every situation that can be reached was visited: the invariants are proved, not only to a depth. */
      readonly isComplete: boolean;
      /** Every trace of this length, and shorter, keeps the invariants. */
      readonly depth: number;
      readonly situations: number;
    }
  | {
      readonly holds: false;
      /** What is wrong with the last step. */
      readonly wrong: string;
      /** No shorter trace ends in anything wrong. */
      readonly trace: readonly string[];
      readonly depth: number;
      readonly situations: number;
    };

interface Visit<Situation> {
  readonly situation: Situation;
  readonly name: string;
  readonly from: Visit<Situation> | undefined;
}

/**
 * Visits every situation that a pure machine can get into, breadth first: so the first mistake that
 * it meets has the shortest trace there is, and a search that ends without one is a proof.
 *
 * @throws RangeError for a bound under 1, and for situations that need a `key` and have none.
 */
export function exhaust<Situation>(
  machine: Machine<Situation>,
  { depth: deepest = Infinity, situations: most = 1_000_000 }: ExhaustOptions = {},
): Exhausted {
  integerOption('exhaust', 'depth', deepest, 1);
  integerOption('exhaust', 'situations', most, 1);
  const key = (situation: Situation) => machine.key?.(situation) ?? asJson(situation);
  const seen = new Set([key(machine.start)]);
  let frontier: Visit<Situation>[] = [{ situation: machine.start, name: '', from: undefined }];
  let depth = 0;
  while (frontier.length > 0 && depth < deepest) {
    const next: Visit<Situation>[] = [];
    for (const from of frontier) {
      for (const [name, situation] of machine.moves(from.situation)) {
        const wrong = machine.wrong(from.situation, name, situation);
        const visit = { situation, name, from };
        if (wrong !== undefined) {
          const trace = traceOf(visit);
          return { holds: false, wrong, trace, depth: trace.length, situations: seen.size };
        }
        const known = key(situation);
        if (seen.has(known)) continue;
        if (seen.size >= most)
          return { holds: true, isComplete: false, depth, situations: seen.size };
        seen.add(known);
        next.push(visit);
      }
    }
    frontier = next;
    depth += 1;
  }
  return { holds: true, isComplete: frontier.length === 0, depth, situations: seen.size };
}

function asJson(situation: unknown): string {
  return JSON.stringify(situation, (_name, value: unknown) => {
    if (typeof value === 'number' && !Number.isFinite(value)) return { number: String(value) };
    // Two that JSON takes for the same would be one situation, and the rest a proof of nothing.
    if (typeof value === 'bigint' || value instanceof Map || value instanceof Set) {
      refuseOption('exhaust', 'key', 'a function where JSON does not hold all', undefined);
    }
    return value;
  });
}

function traceOf<Situation>(visit: Visit<Situation>): readonly string[] {
  const names: string[] = [];
  for (let at = visit; at.from !== undefined; at = at.from) names.unshift(at.name);
  return names;
}
