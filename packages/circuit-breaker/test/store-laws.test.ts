import { VirtualClock } from '@chimera/policy';
import { describe, expect, test } from 'vitest';
import { type BreakerStateStore, MemoryBreakerStore } from '../src/index.ts';
import { breakerStateStoreLaws } from '../src/store-laws.ts';

const subject = (change?: (store: BreakerStateStore) => BreakerStateStore) => {
  const clock = new VirtualClock();
  const store = new MemoryBreakerStore({ clock });
  return { store: change?.(store) ?? store, advance: (ms: number) => clock.advance(ms) };
};

describe('MemoryBreakerStore', () => {
  test.each(breakerStateStoreLaws)('$name', async ({ check }) => {
    await expect(check(subject())).resolves.toBeUndefined();
  });
});

/** Stores with a mistake: each has to be caught by the law it breaks. */
const mistakes: [string, (store: BreakerStateStore) => BreakerStateStore][] = [
  [
    'a node hears the others, and not itself',
    (store) => ({
      exchange: async (node, reports) => [
        ...(await store.exchange(node, reports)),
        ...reports.map((report) => ({ ...report, node, ageMs: 0 })),
      ],
    }),
  ],
  [
    'what was said comes back as it was said',
    (store) => ({
      exchange: async (node, reports) =>
        (await store.exchange(node, reports)).map((report) => ({
          ...report,
          openForMs: Math.floor(report.openForMs),
        })),
    }),
  ],
  [
    'a node hears of the breakers it shares, and of no others',
    (store) => ({
      exchange: async (node, reports) => {
        await store.exchange(node, reports);
        const all = ['db', 'mail', 'billing'];
        return store.exchange(
          'nobody',
          all.map((breaker) => ({ breaker, openedAt: 0, openForMs: 0 })),
        );
      },
    }),
  ],
  [
    'a later word replaces the earlier one of the same node on the same breaker',
    (store) => {
      const heard = new Set<string>();
      return {
        exchange: (node, reports) => {
          const first = reports.filter(({ breaker }) => !heard.has(`${node} ${breaker}`));
          for (const { breaker } of reports) heard.add(`${node} ${breaker}`);
          return store.exchange(node, first);
        },
      };
    },
  ],
  [
    'names are kept apart, whatever they contain',
    (store) => ({ exchange: (node, reports) => store.exchange(node.trim(), reports) }),
  ],
  [
    'a word ages by the clock of the store, from when it was last said',
    (store) => ({
      exchange: async (node, reports) =>
        (await store.exchange(node, reports)).map((report) => ({ ...report, ageMs: 0 })),
    }),
  ],
];

test.each(mistakes)('the law "%s" catches a store that breaks it', async (name, change) => {
  const law = breakerStateStoreLaws.find((candidate) => candidate.name === name);
  await expect(law?.check(subject(change))).rejects.toThrow(/the store answered|ages of/);
});
