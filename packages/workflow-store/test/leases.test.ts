import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { StoreError } from '../src/index.ts';
import { claimOne, claimUpTo, startsAt, submitOne, temporaryStore } from './temporary-store.ts';

describe('renew', () => {
  test('extends the leases of the holder and names those that are lost', async () => {
    const { clock, store } = await temporaryStore();
    await submitOne(store);
    await submitOne(store);
    const [kept, ended] = await claimUpTo(store, 2);
    if (kept === undefined || ended === undefined) throw new Error('two were claimable');
    await store.apply({
      workflowId: ended.record.id,
      token: ended.token,
      event: { type: 'interrupted', at: startsAt, cause: 'shutdown' },
    });
    await clock.advance(5_000);
    const tokens = new Map([kept, ended].map(({ record, token }) => [record.id, token]));
    expect(await store.renew('h1', tokens, 15_000)).toEqual([ended.record.id]);
    const record = await store.get(kept.record.id);
    expect(record?.lease?.expiresAt).toBe(startsAt + 20_000);
    expect(record?.updatedAt).toBe(startsAt);
  });

  test.each([
    ['another holder', 'h2', 1],
    ['an older token', 'h1', 0],
  ])('a lease is not extended by %s', async (_whose, holder, token) => {
    const { store } = await temporaryStore();
    const id = await submitOne(store);
    const { record } = await claimOne(store);
    expect(await store.renew(holder, new Map([[id, token]]), 90_000)).toEqual([id]);
    expect((await store.get(id))?.lease).toEqual(record.lease);
  });
});

describe('recover', () => {
  test('takes what runs under an expired lease, at its end and not before', async () => {
    const { clock, store } = await temporaryStore();
    const id = await submitOne(store);
    await claimOne(store);
    await clock.advance(14_999);
    const recover = () => store.recover({ deadHolders: () => false, now: clock.now() });
    expect(await recover()).toEqual([]);
    await clock.advance(1);
    expect(await recover()).toMatchObject([
      {
        record: {
          id,
          state: { status: 'queued', reason: 'recovered', attempts: 0, recoveries: 1 },
        },
        others: [],
      },
    ]);
    expect(await recover()).toEqual([]);
  });

  test('takes what a dead holder ran, whatever its lease says, and ends its phase run', async () => {
    const { store } = await temporaryStore();
    const dead = await submitOne(store);
    await claimOne(store, 'dead');
    const alive = await submitOne(store);
    await claimOne(store, 'alive');
    const recovered = await store.recover({
      deadHolders: (holder) => holder === 'dead',
      now: startsAt + 1,
    });
    expect(recovered.map(({ record }) => record.id)).toEqual([dead]);
    expect(await store.phaseRuns(dead)).toMatchObject([
      { outcome: 'interrupted', endedAt: startsAt + 1 },
    ]);
    expect((await store.openPhaseRuns()).map(({ workflowId }) => workflowId)).toEqual([alive]);
  });

  test('passes over a row that is damaged, and says so', async () => {
    const { path, store: before } = await temporaryStore();
    const [damaged, healthy] = [await submitOne(before), await submitOne(before)];
    await claimUpTo(before, 2);
    await before.close();
    const other = new Database(path);
    other.prepare(`update workflows set state = '{' where id = ?`).run(damaged);
    other.close();
    const reported: StoreError[] = [];
    const { clock, store } = await temporaryStore({
      path,
      onCorruptRow: (error) => reported.push(error),
    });
    const request = { deadHolders: () => true, now: clock.now() };
    expect(await store.recover(request)).toMatchObject([{ record: { id: healthy } }]);
    expect(await store.recover(request)).toEqual([]);
    const refusal = { code: 'ROW_CORRUPT', workflowId: damaged };
    expect(reported).toMatchObject([refusal, refusal]);
  });

  test('what cannot be recovered keeps nobody else from it; all that fails is told', async () => {
    let isFailing = true;
    const { clock, store } = await temporaryStore({
      onDead: async ({ record }) => {
        if (isFailing && record.priority === 1) throw new Error('no dead letter can be kept');
      },
    });
    const doomed = await submitOne(store, { priority: 1 });
    for (let crash = 0; crash < 10; crash += 1) {
      await claimUpTo(store, 1);
      await store.recover({ deadHolders: () => true, now: clock.now() });
    }
    const healthy = await submitOne(store);
    expect(await claimUpTo(store, 2)).toHaveLength(2);
    const request = { deadHolders: () => true, now: clock.now() };
    expect(await store.recover(request)).toMatchObject([{ record: { id: healthy } }]);
    await expect(store.recover(request)).rejects.toThrow('no dead letter can be kept');
    isFailing = false;
    expect(await store.recover(request)).toMatchObject([
      { record: { id: doomed, state: { status: 'dead' } } },
    ]);
  });

  test('one crash too many is a death, with its dead letter', async () => {
    const dead: string[] = [];
    const { store } = await temporaryStore({
      onDead: async ({ cause }) => void dead.push(cause.kind),
    });
    await submitOne(store);
    for (let crash = 0; crash < 20 && dead.length === 0; crash += 1) {
      await claimOne(store);
      await store.recover({ deadHolders: () => true, now: startsAt });
    }
    expect(dead).toEqual(['recoveries-exhausted']);
    expect((await store.counts()).dead).toBe(1);
  });
});
