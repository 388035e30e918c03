import { VirtualClock } from '@chimera/policy';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import {
  type BreakerStateStore,
  CircuitBreaker,
  type CircuitBreakerEvent,
  MemoryBreakerStore,
  type PeerReport,
  quorumOpenMs,
  reset,
  SharedBreakers,
  trip,
} from '../src/index.ts';
import { admitted, feed } from './outcomes.ts';

function fleet(size: number, store?: BreakerStateStore, clock: VirtualClock = new VirtualClock()) {
  const shared = store ?? new MemoryBreakerStore({ clock });
  const nodes = Array.from({ length: size }, (_, index) => {
    const events: CircuitBreakerEvent[] = [];
    const errors: unknown[] = [];
    const breaker = new CircuitBreaker(
      { name: 'billing', failureThreshold: 1, halfOpenProbes: 1, openFor: '10s' },
      { clock, onEvent: (event) => events.push(event) },
    );
    const sharing = new SharedBreakers(
      shared,
      { node: `node-${index}` },
      { clock, onError: (error) => errors.push(error) },
    );
    sharing.share(breaker);
    return { breaker, sharing, events, errors };
  });
  const statuses = () => nodes.map(({ breaker }) => breaker.status);
  const breakerOf = (index: number) => {
    const node = nodes[index];
    if (node === undefined) throw new RangeError(`there is no node ${index}`);
    return node.breaker;
  };
  return { clock, nodes, statuses, breakerOf };
}

describe('SharedBreakers', () => {
  test('one bad node opens nobody else', async () => {
    const { clock, nodes, statuses } = fleet(5);
    await clock.advance(1_000);
    const [bad] = nodes;
    for (let i = 0; i < 10; i += 1) {
      if (bad !== undefined && bad.breaker.retryAfterMs === 0) feed(bad.breaker, 'F');
      await clock.advance(2_000);
      expect(statuses().slice(1)).toEqual(['closed', 'closed', 'closed', 'closed']);
    }
  });

  test('when more than half are open the rest open as well, until the quorum is no longer open', async () => {
    const { clock, nodes, statuses, breakerOf } = fleet(5);
    await clock.advance(1_000);
    for (const { breaker } of nodes.slice(0, 2)) feed(breaker, 'F');
    await clock.advance(2_000);
    expect(statuses()).toEqual(['open', 'open', 'closed', 'closed', 'closed']);
    feed(breakerOf(2), 'F');
    await clock.advance(2_000);
    expect(statuses()).toEqual(['open', 'open', 'open', 'open', 'open']);
    expect(nodes[3]?.events.at(-1)).toMatchObject({ type: 'opened', reason: 'peers' });
    // The first two opened 2 s earlier: from then on there is no quorum.
    expect(nodes[3]?.breaker.retryAfterMs).toBe(6_000);
  });

  test('what has been opened by peers is no vote: one that recovers first is not drawn back', async () => {
    const { clock, nodes, statuses } = fleet(3);
    await clock.advance(1_000);
    for (const { breaker } of nodes.slice(0, 2)) feed(breaker, 'F');
    await clock.advance(1_000);
    expect(statuses()).toEqual(['open', 'open', 'open']);
    await clock.advance(9_000);
    for (const { breaker } of nodes) feed(breaker, 'S');
    await clock.advance(60_000);
    expect(statuses()).toEqual(['closed', 'closed', 'closed']);
  });

  test('an opening that was overcome does not open again, a new one does', async () => {
    const { clock, breakerOf } = fleet(3);
    await clock.advance(1_000);
    const [first, second, third] = [breakerOf(0), breakerOf(1), breakerOf(2)];
    feed(first, 'F');
    feed(second, 'F');
    await clock.advance(1_000);
    expect(third.status).toBe('open');
    reset(third);
    await clock.advance(5_000);
    expect(third.status).toBe('closed');
    await clock.advance(4_000);
    feed(first, 'F');
    feed(second, 'F');
    await clock.advance(1_000);
    expect(third.status).toBe('open');
  });

  test('an opening by quorum is not reported as evidence of its own', async () => {
    const clock = new VirtualClock();
    const store = new MemoryBreakerStore({ clock });
    const { nodes } = fleet(3, store, clock);
    for (const { breaker } of nodes.slice(0, 2)) feed(breaker, 'F');
    await clock.advance(2_000);
    expect(nodes[2]?.breaker.status).toBe('open');
    const reports = await store.exchange('observer', [
      { breaker: 'billing', openedAt: 0, openForMs: 0 },
    ]);
    expect(reports.map(({ node, openForMs }) => [node, openForMs > 0])).toEqual([
      ['node-0', true],
      ['node-1', true],
      ['node-2', false],
    ]);
  });

  test('a circuit that is probing is left to its probes', async () => {
    const { clock, nodes, breakerOf } = fleet(3);
    trip(breakerOf(2), '1s');
    await clock.advance(1_500);
    for (const { breaker } of nodes.slice(0, 2)) feed(breaker, 'F');
    const probe = admitted(breakerOf(2));
    await clock.advance(2_000);
    expect(breakerOf(2).status).toBe('half-open');
    probe.succeed();
    expect(breakerOf(2).status).toBe('closed');
  });

  test('a node that restarts in the middle joins in', async () => {
    const clock = new VirtualClock();
    const store = new MemoryBreakerStore({ clock });
    for (const node of ['a', 'b', 'c']) {
      await store.exchange(node, [{ breaker: 'billing', openedAt: 1, openForMs: 10_000 }]);
    }
    const breaker = new CircuitBreaker({ name: 'billing' }, { clock });
    const sharing = new SharedBreakers(store, { node: 'd' }, { clock });
    sharing.share(breaker);
    await clock.advance(1_000);
    expect([breaker.status, breaker.retryAfterMs]).toEqual(['open', 9_000]);
  });

  test('calls cost no round trip: the store is asked once per interval, and once for an opening', async () => {
    const clock = new VirtualClock();
    const store = new MemoryBreakerStore({ clock });
    const exchange = vi.spyOn(store, 'exchange');
    const breaker = new CircuitBreaker({}, { clock });
    using sharing = new SharedBreakers(store, { node: 'a' }, { clock });
    sharing.share(breaker);
    for (let i = 0; i < 1_000; i += 1) await breaker.execute(() => i);
    expect(exchange).toHaveBeenCalledTimes(0);
    await clock.advance(3_500);
    expect(exchange).toHaveBeenCalledTimes(3);
    feed(breaker, 'FFFFF');
    expect(exchange).toHaveBeenCalledTimes(4);
  });

  test('without its store every node goes by what it sees itself, and says so', async () => {
    const down = new Error('store down');
    const { clock, nodes, statuses, breakerOf } = fleet(3, {
      exchange: () => Promise.reject(down),
    });
    feed(breakerOf(0), 'F');
    await clock.advance(2_500);
    expect(statuses()).toEqual(['open', 'closed', 'closed']);
    expect(nodes[1]?.errors).toEqual([down, down]);
  });

  test('what is told of that may throw: an exchange never rejects', async () => {
    const clock = new VirtualClock();
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    const bug = new Error('a bug of the log');
    using sharing = new SharedBreakers(
      { exchange: () => Promise.reject(new Error('store down')) },
      { node: 'a' },
      {
        clock,
        onError: () => {
          throw bug;
        },
      },
    );
    await expect(sharing.sync()).resolves.toBeUndefined();
    expect(log).toHaveBeenCalledWith(expect.any(String), bug);
    log.mockRestore();
  });

  test('a store that hangs is asked again after staleAfter, and what it says late is not heard', async () => {
    const late: ((reports: readonly PeerReport[]) => void)[] = [];
    const exchange = vi.fn(
      () => new Promise<readonly PeerReport[]>((resolve) => void late.push(resolve)),
    );
    const { clock, nodes, statuses } = fleet(1, { exchange });
    await clock.advance(1_000);
    expect(exchange).toHaveBeenCalledTimes(1);
    await clock.advance(6_000);
    expect(exchange).toHaveBeenCalledTimes(2);
    expect(nodes[0]?.errors).toMatchObject([{ code: 'TIMEOUT', policy: 'shared-breakers' }]);
    const open = { breaker: 'billing', openedAt: 1, openForMs: 60_000, ageMs: 0 };
    const peers = ['b', 'c', 'd'].map((node) => ({ ...open, node }));
    late[0]?.(peers);
    await clock.advance(0);
    expect(statuses()).toEqual(['closed']);
    late[1]?.(peers);
    await clock.advance(0);
    expect(statuses()).toEqual(['open']);
  });

  test('once sharing has stopped nothing is told of a store that hangs', async () => {
    const { clock, nodes } = fleet(1, { exchange: () => new Promise(() => {}) });
    await clock.advance(1_000);
    nodes[0]?.sharing[Symbol.dispose]();
    await clock.advance(10_000);
    expect(nodes[0]?.errors).toEqual([]);
  });

  test('a node that has gone silent does not count', async () => {
    const { clock, nodes, statuses } = fleet(5);
    await clock.advance(1_000);
    for (const { sharing } of nodes.slice(3)) sharing[Symbol.dispose]();
    await clock.advance(6_000);
    for (const { breaker } of nodes.slice(0, 2)) feed(breaker, 'F');
    await clock.advance(1_000);
    expect(statuses().slice(0, 3)).toEqual(['open', 'open', 'open']);
  });

  test.each(['disposed of', 'without a breaker to share'])(
    'once %s it asks the store no more, and hears no more events',
    async (how) => {
      const clock = new VirtualClock();
      const store = new MemoryBreakerStore({ clock });
      const exchange = vi.spyOn(store, 'exchange');
      const breaker = new CircuitBreaker({ failureThreshold: 1 }, { clock });
      const sharing = new SharedBreakers(store, { node: 'a' }, { clock });
      const stop = sharing.share(breaker);
      await clock.advance(1_000);
      expect(exchange).toHaveBeenCalledTimes(1);
      if (how === 'disposed of') sharing[Symbol.dispose]();
      else stop();
      feed(breaker, 'F');
      await clock.advance(5_000);
      expect(exchange).toHaveBeenCalledTimes(1);
      expect([clock.pendingTimers, clock.nextTimerAt]).toEqual([0, undefined]);
    },
  );

  test('two breakers of the same name on one node are refused', () => {
    const sharing = new SharedBreakers(new MemoryBreakerStore(), { node: 'a' });
    using _ = sharing;
    sharing.share(new CircuitBreaker({ name: 'x' }));
    expect(() => sharing.share(new CircuitBreaker({ name: 'x' }))).toThrow(
      'shared-breakers: a breaker named "x" is shared',
    );
  });
});

describe('quorumOpenMs', () => {
  const peer = fc.record<PeerReport>({
    breaker: fc.constant('b'),
    node: fc.constantFrom('p', 'q', 'r', 's', 't', 'u'),
    openedAt: fc.nat(3),
    openForMs: fc.oneof(fc.constant(0), fc.nat(100)),
    ageMs: fc.nat(100),
  });
  const peers = fc.uniqueArray(peer, { selector: ({ node }) => node });
  const heard = fc
    .array(fc.tuple(fc.constantFrom('p', 'q', 'r'), fc.nat(3)))
    .map((all) => new Map(all));
  const rules = fc.record({
    share: fc.double({ min: 0, max: 0.99, noNaN: true }),
    staleAfterMs: fc.constant(50),
  });

  test('whatever a single node says, it neither opens a circuit nor stretches an opening beyond the next', () => {
    fc.assert(
      fc.property(peers, peer, heard, rules, (all, bad, known, quorum) => {
        const honest = all
          .filter(({ node }) => node !== bad.node)
          .map((report) => ({ ...report, openForMs: 0 }));
        expect(quorumOpenMs([...honest, bad], known, quorum)).toBeUndefined();
        const others = all.filter(({ node }) => node !== bad.node);
        const longest = Math.max(0, ...others.map(({ openForMs, ageMs }) => openForMs - ageMs));
        const withBad = quorumOpenMs([...others, { ...bad, openForMs: 1e9 }], known, quorum) ?? 0;
        expect(withBad).toBeLessThanOrEqual(longest);
      }),
    );
  });

  test('opens only if more than the share of the nodes heard of lately is open, and for a time in which they stay so', () => {
    fc.assert(
      fc.property(peers, heard, rules, (all, known, quorum) => {
        const openMs = quorumOpenMs(all, known, quorum);
        const fresh = all.filter(({ ageMs }) => ageMs <= quorum.staleAfterMs);
        const openAt = (ms: number) =>
          fresh.filter(({ openForMs, ageMs }) => openForMs - ageMs > ms).length;
        const isQuorum = (open: number) => open >= 2 && open / (fresh.length + 1) > quorum.share;
        fc.pre(openMs !== undefined);
        expect(isQuorum(openAt(0))).toBe(true);
        expect(isQuorum(openAt((openMs ?? 0) - 1e-9))).toBe(true);
        expect(isQuorum(openAt(openMs ?? 0))).toBe(false);
      }),
      { numRuns: 100 },
    );
  });

  test('says nothing of openings that are all known', () => {
    fc.assert(
      fc.property(peers, rules, (all, quorum) => {
        const known = new Map(all.map(({ node, openedAt }) => [node, openedAt]));
        expect(quorumOpenMs(all, known, quorum)).toBeUndefined();
      }),
    );
  });
});
