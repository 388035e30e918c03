import { defineWorkflow, type JsonObject, type WorkflowDefinition } from '@chimera/workflow';
import { describe, expect, test } from 'vitest';
import { claimOne, newWorkflow, startsAt, submitOne, temporaryStore } from './temporary-store.ts';
import { threePhases } from './three-phases.ts';

function onePhase(name: string): WorkflowDefinition {
  const phase = { name: 'plan', stage: 'planning', agent: 'planner', timeout: '2m' } as const;
  return defineWorkflow({ name, phases: [phase] });
}

describe('submit', () => {
  test('a submitted workflow is queued at its first phase with everything it was given', async () => {
    const { store } = await temporaryStore();
    const id = await submitOne(store, {
      input: { task: 'ship', nested: [1, { a: null }] },
      priority: 7,
      estimateMs: 1_500,
      labels: { project: 'web' },
    });
    expect(await store.get(id)).toEqual({
      id,
      definition: 'three-phases',
      definitionHash: threePhases.hash,
      input: { task: 'ship', nested: [1, { a: null }] },
      priority: 7,
      estimateMs: 1_500,
      labels: { project: 'web' },
      state: {
        status: 'queued',
        reason: 'new',
        phase: 'plan',
        visits: { plan: 1 },
        attempts: 0,
        retries: 0,
        recoveries: 0,
        artifacts: [],
        feedback: [],
      },
      runAt: startsAt,
      createdAt: startsAt,
      updatedAt: startsAt,
    });
  });

  test('an assumed estimate counts where none is given, and is no part of what a key stands for', async () => {
    const { store } = await temporaryStore();
    const estimateOf = async (id: string) => (await store.get(id))?.estimateMs;
    const [first, again] = [
      await submitOne(store, { idempotencyKey: 'k', assumedMs: 1_000 }),
      await submitOne(store, { idempotencyKey: 'k', assumedMs: 2_000 }),
    ];
    expect(again).toBe(first);
    expect(await estimateOf(first)).toBe(1_000);
    expect(await estimateOf(await submitOne(store, { estimateMs: 7, assumedMs: 9 }))).toBe(7);
    await expect(submitOne(store, { assumedMs: -1 })).rejects.toThrow('assumedMs must be');
  });

  test('what the caller does with its objects afterwards changes nothing', async () => {
    const { store } = await temporaryStore();
    const input = { list: [1] };
    const labels = { team: 'a' };
    await submitOne(store, { input, labels });
    input.list.push(2);
    labels.team = 'b';
    const { record } = await claimOne(store);
    expect(record).toMatchObject({ input: { list: [1] }, labels: { team: 'a' } });
    expect(await store.get(record.id)).toEqual(record);
  });

  test('ids sort in the order of submission, also within a millisecond', async () => {
    const { store } = await temporaryStore();
    const submitted = await store.submit(Array.from({ length: 5_000 }, () => newWorkflow()));
    const ids = submitted.map(({ id }) => id);
    expect(new Set(ids).size).toBe(5_000);
    expect(ids.toSorted()).toEqual(ids);
    expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  test('the same key with the same workflow returns the first id and stores nothing', async () => {
    const { store } = await temporaryStore();
    const first = await store.submit([newWorkflow({ idempotencyKey: 'k', input: { a: 1, b: 2 } })]);
    const again = await store.submit([newWorkflow({ idempotencyKey: 'k', input: { b: 2, a: 1 } })]);
    expect(first[0]?.created).toBe(true);
    expect(again).toEqual([{ id: first[0]?.id, created: false }]);
    expect((await store.counts()).queued).toBe(1);
  });

  test('the same key with a later version of its definition returns the first id, over a restart too', async () => {
    const { path, store } = await temporaryStore();
    const id = await submitOne(store, { idempotencyKey: 'k' });
    const again = [newWorkflow({ idempotencyKey: 'k', definition: onePhase(threePhases.name) })];
    expect(await store.submit(again)).toEqual([{ id, created: false }]);
    await store.close();
    const { store: next } = await temporaryStore({ path });
    expect(await next.submit(again)).toEqual([{ id, created: false }]);
  });

  test.each([
    ['definition', { definition: onePhase('other') }],
    ['input', { input: { task: 'other' } }],
    ['priority', { priority: 6 }],
    ['estimate', { estimateMs: 1 }],
    ['instant', { runAt: startsAt + 1 }],
    ['labels', { labels: { a: 'b' } }],
  ])('the same key with another %s is refused, and so is its whole batch', async (_what, other) => {
    const { store } = await temporaryStore();
    const id = await submitOne(store, { idempotencyKey: 'k' });
    const batch = store.submit([newWorkflow(), newWorkflow({ idempotencyKey: 'k', ...other })]);
    await expect(batch).rejects.toMatchObject({
      name: 'StoreError',
      code: 'IDEMPOTENCY_MISMATCH',
      workflowId: id,
    });
    expect((await store.counts()).queued).toBe(1);
  });

  test.each([-1, 11, 2.5, Number.NaN])('priority %s is refused', async (priority) => {
    const { store } = await temporaryStore();
    await expect(store.submit([newWorkflow({ priority })])).rejects.toThrow(
      `workflow-store: priority must be an integer from 0 to 10, got ${priority}`,
    );
  });

  test('a key that the disk could not tell from another is refused', async () => {
    const { store } = await temporaryStore();
    for (const idempotencyKey of ['k\ud83d', '\udc00k'])
      await expect(submitOne(store, { idempotencyKey })).rejects.toThrow(/idempotencyKey must be/);
    const [party, zero] = [
      await submitOne(store, { idempotencyKey: 'k\u{1f389}' }),
      await submitOne(store, { idempotencyKey: 'k\0' }),
    ];
    expect(await submitOne(store, { idempotencyKey: 'k\u{1f389}' })).toBe(party);
    expect(await submitOne(store, { idempotencyKey: 'k\0a' })).not.toBe(zero);
  });

  test.each([
    ['half of a pair, which the disk could not tell from another', '\ud83d'],
    ['a number, which could not be read again', 1],
    ['undefined, which the disk would not have', undefined],
  ])('a label that is %s, is refused', async (_what, value) => {
    const { store } = await temporaryStore();
    const labels = { repository: value } as Record<string, string>;
    await expect(submitOne(store, { labels })).rejects.toThrow(
      /^workflow-store: labels.repository must be a text of well-formed Unicode, got /,
    );
    expect((await store.counts()).queued).toBe(0);
  });

  test.each([[[1]], [null], ['text']])(
    'input that is no object is refused, it could not be read again: %j',
    async (value) => {
      const { store } = await temporaryStore();
      const input = value as unknown as JsonObject;
      await expect(submitOne(store, { input })).rejects.toThrow(
        /^workflow-store: input must be an object, got /,
      );
      expect((await store.counts()).queued).toBe(0);
    },
  );

  test('a definition is kept by its hash, also after the store was closed', async () => {
    const { path, store } = await temporaryStore();
    await store.putDefinition(threePhases);
    expect(store.definition('unknown')).toBeUndefined();
    await store.close();
    const reopened = await temporaryStore({ path });
    expect(reopened.store.definition(threePhases.hash)).toEqual(threePhases);
  });
});
