import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { claimOne, claimUpTo, startsAt, submitOne, temporaryStore } from './temporary-store.ts';
import { threePhases } from './three-phases.ts';

describe('claim', () => {
  test('a claimed workflow runs under a lease with a fencing token, and its run is open', async () => {
    const { store } = await temporaryStore();
    const id = await submitOne(store);
    const [claim] = await claimUpTo(store, 1, 'h1', 2_000);
    expect(claim).toMatchObject({
      token: 1,
      record: {
        id,
        state: { status: 'running', phase: 'plan', attempts: 1 },
        startedAt: startsAt,
        lease: { holder: 'h1', token: 1, expiresAt: startsAt + 2_000 },
      },
    });
    expect(claim?.definition).toBe(store.definition(threePhases.hash));
    expect(await store.get(id)).toEqual(claim?.record);
    expect(await store.openPhaseRuns()).toEqual([
      {
        workflowId: id,
        token: 1,
        phase: 'plan',
        visit: 1,
        attempt: 1,
        agent: 'planner',
        holder: 'h1',
        startedAt: startsAt,
      },
    ]);
  });

  test('a claimed workflow is not offered again', async () => {
    const { store } = await temporaryStore();
    await submitOne(store);
    await claimOne(store);
    expect(await claimUpTo(store, 10)).toEqual([]);
  });

  test('what is too large to be kept in memory is claimed as its transaction has left it', async () => {
    const { clock, store } = await temporaryStore();
    const id = await submitOne(store, { input: { text: 'x'.repeat(16_800_000) } });
    const { token } = await claimOne(store);
    const event = { type: 'phase-succeeded', at: clock.now(), output: null } as const;
    const applied = store.apply({ workflowId: id, token, event });
    const next = await claimOne(store);
    await applied;
    expect(next).toMatchObject({ token: 2, record: { id, state: { phase: 'build' } } });
  });

  test('candidates come by priority, then by age, with what a scheduler needs', async () => {
    const { clock, store } = await temporaryStore();
    const old = await submitOne(store, { priority: 5, estimateMs: 100, labels: { team: 'a' } });
    await clock.advance(10);
    const urgent = await submitOne(store, { priority: 9 });
    const young = await submitOne(store, { priority: 5 });
    let seen: unknown;
    await store.claim({
      holder: 'h1',
      leaseMs: 1,
      limit: 1,
      choose: (candidates) => {
        seen = candidates;
        return [];
      },
    });
    const rest = { definition: 'three-phases', phase: 'plan', agent: 'planner' };
    expect(seen).toEqual([
      { id: urgent, ...rest, priority: 9, queuedAt: startsAt + 10 },
      {
        id: old,
        ...rest,
        priority: 5,
        queuedAt: startsAt,
        estimateMs: 100,
        labels: { team: 'a' },
      },
      { id: young, ...rest, priority: 5, queuedAt: startsAt + 10 },
    ]);
  });

  test('takes what is chosen, best first, and no more than the limit', async () => {
    const { store } = await temporaryStore();
    const ids = [await submitOne(store), await submitOne(store), await submitOne(store)];
    const claims = await store.claim({
      holder: 'h1',
      leaseMs: 1_000,
      limit: 2,
      choose: (candidates) => candidates.map(({ id }) => id).toReversed(),
    });
    expect(claims.map(({ record }) => record.id)).toEqual([ids[2], ids[1]]);
    expect(await store.get(ids[0] ?? '')).toMatchObject({ state: { status: 'queued' } });
  });

  test('somebody is found behind many that the caller passes over', async () => {
    const { store } = await temporaryStore();
    const ids: string[] = [];
    for (let each = 0; each < 40; each += 1) ids.push(await submitOne(store));
    const last = ids.at(-1) ?? '';
    const claims = await store.claim({
      holder: 'h1',
      leaseMs: 1_000,
      limit: 1,
      choose: (candidates) => (candidates.some(({ id }) => id === last) ? [last] : []),
    });
    expect(claims.map(({ record }) => record.id)).toEqual([last]);
  });

  test('an id that was not offered is refused, and nothing is claimed', async () => {
    const { store } = await temporaryStore();
    const id = await submitOne(store);
    const claim = store.claim({
      holder: 'h1',
      leaseMs: 1_000,
      limit: 2,
      choose: () => [id, 'made-up'],
    });
    await expect(claim).rejects.toThrow('choose must return ids of candidates');
    expect((await store.counts()).queued).toBe(1);
  });

  test('what is to be claimed soon is, though nothing was due for long when it came', async () => {
    const { clock, store } = await temporaryStore();
    await submitOne(store, { runAt: startsAt + 10_000 });
    expect(await claimUpTo(store, 2)).toEqual([]);
    const id = await submitOne(store, { runAt: startsAt + 500 });
    await clock.advance(499);
    expect(await claimUpTo(store, 2)).toEqual([]);
    await clock.advance(1);
    expect((await claimUpTo(store, 2)).map(({ record }) => record.id)).toEqual([id]);
  });

  test('what was to be claimed before, when the clock went back, is not waited for until it catches up', async () => {
    const { clock, path, store } = await temporaryStore();
    const id = await submitOne(store, { runAt: startsAt + 10_000 });
    await clock.advance(5_000);
    expect(await claimUpTo(store, 1)).toEqual([]);
    clock.jumpWall(-5_000);
    const file = new Database(path);
    file.prepare('update workflows set due_at = ?').run(startsAt);
    file.close();
    expect((await claimUpTo(store, 1)).map(({ record }) => record.id)).toEqual([id]);
  });

  test('what fell due for a claim that was refused is there for the next', async () => {
    const { clock, store } = await temporaryStore();
    const id = await submitOne(store, { runAt: startsAt + 500 });
    await clock.advance(500);
    const refused = store.claim({ holder: 'h1', leaseMs: 1, limit: 1, choose: () => ['made-up'] });
    await expect(refused).rejects.toThrow('choose must return ids of candidates');
    expect((await claimUpTo(store, 1)).map(({ record }) => record.id)).toEqual([id]);
  });

  test('a workflow for later is claimable at its instant and not before', async () => {
    const { clock, store } = await temporaryStore();
    const id = await submitOne(store, { runAt: startsAt + 500 });
    expect(await store.nextDueAt()).toBe(startsAt + 500);
    await clock.advance(499);
    expect(await claimUpTo(store, 1)).toEqual([]);
    await clock.advance(1);
    expect((await claimOne(store)).record.id).toBe(id);
    expect(await store.nextDueAt()).toBeUndefined();
  });

  test('a waiting workflow is claimable at its instant and not before', async () => {
    const { clock, store } = await temporaryStore();
    const id = await submitOne(store);
    const { token } = await claimOne(store);
    const reason = { kind: 'breaker-open', agent: 'planner' } as const;
    await store.apply({
      workflowId: id,
      token,
      event: { type: 'parked', at: startsAt, until: startsAt + 500, reason },
    });
    expect(await store.nextDueAt()).toBe(startsAt + 500);
    expect(await store.get(id)).toMatchObject({ runAt: startsAt + 500 });
    await clock.advance(499);
    expect(await claimUpTo(store, 1)).toEqual([]);
    await clock.advance(1);
    const again = await claimOne(store);
    expect(again).toMatchObject({ token: 2, record: { id, state: { attempts: 1 } } });
  });

  test('work in progress goes before new work of the same priority', async () => {
    const { clock, store } = await temporaryStore();
    const started = await submitOne(store);
    const { token } = await claimOne(store);
    await clock.advance(10);
    await submitOne(store);
    await clock.advance(10);
    await store.apply({
      workflowId: started,
      token,
      event: { type: 'phase-succeeded', at: clock.now(), output: {} },
    });
    expect((await claimOne(store)).record).toMatchObject({
      id: started,
      state: { phase: 'build' },
    });
  });
});
