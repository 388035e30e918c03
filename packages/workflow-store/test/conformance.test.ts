import { describe, expect, test } from 'vitest';
import { workflowStoreLaws, type WorkflowStoreUnderTest } from '../src/conformance.ts';
import type { WorkflowStore } from '../src/index.ts';
import { temporaryStore } from './temporary-store.ts';

type Change = (store: WorkflowStore) => Partial<WorkflowStore>;

async function subject(change: Change = () => ({})): Promise<WorkflowStoreUnderTest> {
  const { clock, store } = await temporaryStore();
  const wrong = change(store);
  const tried = new Proxy(store, {
    get: (target, name) => {
      const own: unknown = Reflect.get(wrong, name) ?? Reflect.get(target, name, target);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
  return { store: tried, now: () => clock.now(), advance: (ms) => clock.advance(ms) };
}

describe('the store on SQLite keeps every law of a store:', () => {
  test.each(workflowStoreLaws)('$id $name', async ({ check }) => {
    await expect(check(await subject())).resolves.toBeUndefined();
  });
});

let tick = 0;

/** Stores with a mistake, by the law that notices it. */
const mistakes: Readonly<Record<string, Change>> = {
  'store-1': (store) => ({
    submit: (all) => store.submit(all.map(({ labels: _labels, ...rest }) => rest)),
  }),
  'store-2': (store) => ({
    submit: (all) => store.submit(all.map(({ idempotencyKey: _idempotencyKey, ...rest }) => rest)),
  }),
  'store-3': (store) => ({
    submit: async (all) => {
      const each = [];
      for (const one of all) each.push(...(await store.submit([one])));
      return each;
    },
  }),
  'store-4': (store) => ({
    list: async (filter) => {
      const page = await store.list(filter);
      return { ...page, items: page.items.toReversed() };
    },
  }),
  'store-5': (store) => ({
    counts: async () => {
      const counts = await store.counts();
      return { ...counts, queued: counts.queued + counts.running, running: 0 };
    },
  }),
  'store-6': (store) => ({
    claim: (request) =>
      store.claim({
        ...request,
        choose: (candidates) => request.choose(candidates.toReversed()),
      }),
  }),
  'store-7': (store) => ({
    claim: (request) =>
      store.claim({ ...request, choose: (candidates) => candidates.map(({ id }) => id) }),
  }),
  'store-8': (store) => ({ claim: (request) => store.claim({ ...request, minPriority: 0 }) }),
  'store-9': (store) => ({
    submit: (all) => store.submit(all.map(({ runAt: _runAt, ...rest }) => rest)),
  }),
  'store-10': (store) => ({
    claim: (request) => store.claim({ ...request, leaseMs: request.leaseMs / 2 }),
  }),
  'store-11': (store) => ({
    claim: async (request) => (await store.claim(request)).map((claim) => ({ ...claim, token: 1 })),
  }),
  'store-12': (store) => ({
    apply: ({ token: _token, ...request }) => store.apply(request),
  }),
  'store-13': (store) => ({
    renew: (_holder, tokens, leaseMs) => store.renew('holder', tokens, leaseMs),
  }),
  'store-14': (store) => ({
    recover: (request) => store.recover({ ...request, deadHolders: () => true }),
  }),
  'store-15': (store) => ({
    claim: async (request) => {
      const claims = await store.claim(request);
      tick += 1;
      return tick % 2 === 0 ? [...claims, ...claims] : claims;
    },
  }),
  'store-16': (store) => ({
    apply: ({ event, ...request }) =>
      store.apply({
        ...request,
        event: event.type === 'parked' ? { ...event, until: event.until + 1 } : event,
      }),
  }),
  'store-17': (store) => ({
    events: async (query) => (await store.events(query)).toReversed(),
  }),
  'store-18': () => ({ openPhaseRuns: async () => [] }),
  'store-19': (store) => ({
    apply: async ({ also, ...request }) => {
      const applied = await store.apply(request);
      await also?.(store.db as never);
      return applied;
    },
  }),
  'store-20': (store) => ({
    apply: (request) => store.apply(request).catch(() => undefined),
  }),
};

describe('a store with a mistake breaks', () => {
  test.each(workflowStoreLaws)('$id', async ({ check, id }) => {
    const change = mistakes[id];
    if (change === undefined) throw new Error(`no store breaks ${id}`);
    await expect(check(await subject(change))).rejects.toThrow(/./);
  });
});
