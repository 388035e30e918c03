import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exhaust, type Machine } from '../src/index.ts';

/** A breaker of one probe, as small as can be: late results are the question. */
interface Circuit {
  readonly phase: 'closed' | 'open' | 'half-open';
  readonly generation: number;
  readonly failures: number;
  /** Generations of the calls in flight, oldest first. */
  readonly pending: readonly number[];
}

const enter = (from: Circuit, phase: Circuit['phase']): Circuit => ({
  ...from,
  phase,
  failures: 0,
  generation: from.generation + 1,
});

function settle(from: Circuit, index: number, fails: boolean, isFenced: boolean): Circuit {
  const circuit = { ...from, pending: from.pending.toSpliced(index, 1) };
  if (isFenced && from.pending[index] !== from.generation) return circuit;
  if (from.phase === 'half-open') return enter(circuit, fails ? 'open' : 'closed');
  if (from.phase === 'open') return circuit;
  const failures = fails ? from.failures + 1 : 0;
  return failures === 2 ? enter(circuit, 'open') : { ...circuit, failures };
}

const breakerOf = (isFenced: boolean): Machine<Circuit> => ({
  start: { phase: 'closed', generation: 0, failures: 0, pending: [] },
  *moves(from) {
    const isProbing = from.phase === 'half-open' && from.pending.includes(from.generation);
    if (from.phase === 'open') yield ['open time passes', enter(from, 'half-open')];
    else if (from.pending.length < 4 && !isProbing)
      yield ['call', { ...from, pending: [...from.pending, from.generation] }];
    for (const index of from.pending.keys()) {
      yield [`${index} succeeds`, settle(from, index, false, isFenced)];
      yield [`${index} fails`, settle(from, index, true, isFenced)];
    }
  },
  key: ({ phase, failures, generation, pending }) =>
    JSON.stringify([phase, failures, pending.map((each) => each === generation)]),
  wrong: (before, name, after) => {
    const index = Number.parseInt(name, 10);
    const isLate = !Number.isNaN(index) && before.pending[index] !== before.generation;
    return isLate && after.phase !== before.phase ? 'a late result changes the phase' : undefined;
  },
});

const counting = (key?: (count: ReadonlyMap<string, number>) => string) => ({
  start: new Map([['n', 0]]) as ReadonlyMap<string, number>,
  moves: (count: ReadonlyMap<string, number>) =>
    [['more', new Map([['n', (count.get('n') ?? 0) + 1]])]] as const,
  wrong: (_before: unknown, _name: string, after: ReadonlyMap<string, number>) =>
    after.get('n') === 3 ? 'three' : undefined,
  ...(key === undefined ? {} : { key }),
});

describe('breadth first', () => {
  test('a fenced breaker is proved: every situation was visited', () => {
    const proved = exhaust(breakerOf(true));
    expect(proved).toMatchObject({ holds: true, isComplete: true });
    expect(proved.situations).toBeGreaterThan(30);
  });

  test('the bug of one without a fence has no shorter trace than this', () => {
    expect(exhaust(breakerOf(false))).toMatchObject({
      holds: false,
      wrong: 'a late result changes the phase',
      trace: ['call', 'call', 'call', '0 fails', '0 fails', 'open time passes', '0 succeeds'],
      depth: 7,
    });
  });

  test('a search that is cut short says how deep it is proved', () => {
    expect(exhaust(breakerOf(true), { depth: 3 })).toMatchObject({
      holds: true,
      isComplete: false,
      depth: 3,
    });
    expect(exhaust(breakerOf(true), { situations: 10 })).toMatchObject({
      holds: true,
      isComplete: false,
      situations: 10,
    });
  });

  test.each([Number.NaN, 0, -1, 1.5])(
    'bounds of %d are refused: they would prove nothing',
    (bound) => {
      expect(() => exhaust(breakerOf(false), { depth: bound })).toThrow(RangeError);
      expect(() => exhaust(breakerOf(false), { situations: bound })).toThrow(RangeError);
    },
  );

  test('a Map is no situation without a key: to JSON all are one', () => {
    expect(() => exhaust(counting())).toThrow('exhaust: key must be a function where JSON');
    expect(exhaust(counting((count) => JSON.stringify([...count])))).toMatchObject({
      holds: false,
      depth: 3,
    });
  });

  test('an open end is another situation than none', () => {
    const ways: Readonly<Record<string, readonly (number | null)[]>> = {
      '0': [null, Infinity],
      Infinity: [9],
    };
    const found = exhaust<{ readonly until: number | null }>({
      start: { until: 0 },
      moves: ({ until }) =>
        (ways[String(until)] ?? []).map((next) => [`until ${next}`, { until: next }] as const),
      wrong: (_before, _name, after) => (after.until === 9 ? 'nine' : undefined),
    });
    expect(found).toMatchObject({ holds: false, trace: ['until Infinity', 'until 9'] });
  });

  test('finds a shortest way in any graph', () => {
    const graph = fc.array(fc.array(fc.nat(11), { maxLength: 3 }), {
      minLength: 12,
      maxLength: 12,
    });
    fc.assert(
      fc.property(graph, fc.integer({ min: 1, max: 11 }), (edges, goal) => {
        const found = exhaust<number>({
          start: 0,
          moves: (node) => (edges[node] ?? []).map((next) => [String(next), next] as const),
          wrong: (_before, _name, after) => (after === goal ? 'there' : undefined),
        });
        // Bellman and Ford, for comparison.
        const far = Array.from({ length: 12 }, (_, node) => (node === 0 ? 0 : Infinity));
        const relax = () => {
          for (const [node, nexts] of edges.entries()) {
            for (const next of nexts) {
              far[next] = Math.min(far[next] ?? Infinity, (far[node] ?? Infinity) + 1);
            }
          }
        };
        edges.forEach(relax);
        expect(found.holds ? Infinity : found.trace.length).toBe(far[goal]);
      }),
    );
  });
});
