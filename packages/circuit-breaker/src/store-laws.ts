import type { BreakerReport, BreakerStateStore } from './breaker-state-store.ts';

/** What a {@link BreakerStateStore} is tried on: an empty store, and its time. */
export interface StoreUnderTest {
  readonly store: BreakerStateStore;
  /** Lets the store's clock go on by this much. */
  readonly advance: (ms: number) => Promise<void>;
}

export interface StoreLaw {
  readonly name: string;
  /** Rejects with what is wrong. */
  readonly check: (subject: StoreUnderTest) => Promise<void>;
}

const said = (breaker: string, openedAt = 0, openForMs = 0): BreakerReport => ({
  breaker,
  openedAt,
  openForMs,
});

/** What every {@link BreakerStateStore} keeps, for a test of one's own: each law is tried on an empty store. */
export const breakerStateStoreLaws: readonly StoreLaw[] = [
  {
    name: 'a node hears the others, and not itself',
    check: async ({ store }) => {
      await store.exchange('a', [said('db')]);
      await store.exchange('b', [said('db')]);
      await expectReports(store, 'a', ['db'], ['b db 0 0']);
      await expectReports(store, 'c', ['db'], ['a db 0 0', 'b db 0 0']);
    },
  },
  {
    name: 'what was said comes back as it was said',
    check: async ({ store }) => {
      await store.exchange('a', [said('db', 1_700_000_000_001, 250.5)]);
      await expectReports(store, 'b', ['db'], ['a db 1700000000001 250.5']);
    },
  },
  {
    name: 'a node hears of the breakers it shares, and of no others',
    check: async ({ store }) => {
      await store.exchange('a', [said('db'), said('mail'), said('billing')]);
      await expectReports(store, 'b', ['mail', 'db'], ['a db 0 0', 'a mail 0 0']);
      expectEqual(await store.exchange('c', []), []);
    },
  },
  {
    name: 'a later word replaces the earlier one of the same node on the same breaker',
    check: async ({ store }) => {
      await store.exchange('a', [said('db', 5, 100), said('mail', 6, 100)]);
      await store.exchange('a', [said('db', 7, 200)]);
      await expectReports(store, 'b', ['db', 'mail'], ['a db 7 200', 'a mail 6 100']);
    },
  },
  {
    name: 'names are kept apart, whatever they contain',
    check: async ({ store }) => {
      const names = ['a', 'A', 'a ', 'a"b', "a'b", 'a,b', 'a/b', 'ä', ''];
      for (const node of names)
        await store.exchange(
          node,
          names.map((name) => said(name, 1)),
        );
      const heard = await store.exchange(
        'somebody else',
        names.map((name) => said(name)),
      );
      expectEqual(heard.length, names.length * names.length);
    },
  },
  {
    name: 'a word ages by the clock of the store, from when it was last said',
    check: async ({ store, advance }) => {
      // A store on a busy machine may take longer to answer than the first word was left to age.
      for (const waitMs of [40, 160, 640, 2_560]) {
        await store.exchange('a', [said('db', 1, 10_000)]);
        await advance(waitMs);
        const [before] = await store.exchange('b', [said('db')]);
        await store.exchange('a', [said('db', 1, 9_000)]);
        const [after] = await store.exchange('b', [said('db')]);
        const ages = [before?.ageMs ?? Number.NaN, after?.ageMs ?? Number.NaN];
        const [older = 0, newer = 0] = ages;
        if (older >= waitMs && newer >= 0 && newer < older) return;
        const isSlow = older >= waitMs && newer >= older;
        if (!isSlow || waitMs === 2_560)
          throw new Error(
            `ages of ${JSON.stringify(ages)} ms after ${waitMs} ms and after a new word`,
          );
      }
    },
  },
];

async function expectReports(
  store: BreakerStateStore,
  node: string,
  breakers: readonly string[],
  expected: readonly string[],
): Promise<void> {
  const reports = await store.exchange(
    node,
    breakers.map((breaker) => said(breaker)),
  );
  const seen = reports.map(
    ({ node, breaker, openedAt, openForMs }) => `${node} ${breaker} ${openedAt} ${openForMs}`,
  );
  expectEqual(seen.sort(), [...expected].sort());
}

function expectEqual(seen: unknown, expected: unknown): void {
  const [saw, wanted] = [JSON.stringify(seen), JSON.stringify(expected)];
  if (saw !== wanted) throw new Error(`the store answered ${saw}, expected ${wanted}`);
}
