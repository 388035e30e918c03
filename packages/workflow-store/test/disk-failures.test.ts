import { sql } from 'kysely';
import { expect, test } from 'vitest';
import type { StoreError, WorkflowStore } from '../src/index.ts';
import { claimUpTo, newWorkflow, submitOne, temporaryStore } from './temporary-store.ts';

async function pragma(store: WorkflowStore, setting: string): Promise<void> {
  await sql.raw(`pragma ${setting}`).execute(store.db);
}

/** SQLite's own bound on the file: the database is full as on a full disk, with the same error. */
async function fill(store: WorkflowStore): Promise<void> {
  await pragma(store, 'max_page_count = 1');
  for (;;) {
    try {
      await store.submit([newWorkflow({ input: { task: 'x'.repeat(9_000) } })]);
    } catch {
      return;
    }
  }
}

async function free(store: WorkflowStore): Promise<void> {
  await pragma(store, 'max_page_count = 1000000');
}

const large = newWorkflow({ input: { task: 'x'.repeat(9_000) } });

test('a full disk refuses a submit in one line, with nothing of it done', async () => {
  const { path, store } = await temporaryStore();
  await fill(store);
  const before = await store.counts();
  await expect(store.submit([newWorkflow(), large])).rejects.toMatchObject({
    name: 'StoreError',
    code: 'STORE_FULL',
    path,
    message: `${path} has no space to grow, and nothing was changed; free some, then try again`,
    cause: { code: 'SQLITE_FULL' },
  });
  expect(await store.counts()).toEqual(before);
  expect((await store.list({ limit: 500 })).items).toHaveLength(before.queued);
});

test('each of the writes that share a commit is done or refused as a whole when there is no space for all', async () => {
  const { store } = await temporaryStore();
  await fill(store);
  const before = await store.counts();
  const settled = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) => store.submit([n % 2 === 0 ? newWorkflow() : large])),
  );
  const codes = settled.flatMap((result) =>
    result.status === 'rejected' ? [(result.reason as StoreError).code] : [],
  );
  expect(new Set(codes)).toEqual(new Set(['STORE_FULL']));
  expect((await store.counts()).queued).toBe(before.queued + settled.length - codes.length);
});

test('a store that was full goes on once there is space, also after it is opened again', async () => {
  const { path, store } = await temporaryStore();
  await fill(store);
  await free(store);
  const id = await submitOne(store);
  const { queued } = await store.counts();
  const claims = await claimUpTo(store, queued);
  expect(claims).toHaveLength(queued);
  await store.close();
  const { store: reopened } = await temporaryStore({ path });
  expect((await reopened.get(id))?.state.status).toBe('running');
  expect((await reopened.counts()).running).toBe(queued);
});

test('a file that cannot be written any more refuses writes, and is read as before', async () => {
  const { path, store } = await temporaryStore();
  const id = await submitOne(store);
  await pragma(store, 'query_only = 1');
  await expect(submitOne(store)).rejects.toMatchObject({
    code: 'STORE_READ_ONLY',
    message: `${path} cannot be written, and nothing was changed; make it writable, then try again`,
  });
  expect((await store.get(id))?.state.status).toBe('queued');
  await pragma(store, 'query_only = 0');
  await submitOne(store);
  expect((await store.counts()).queued).toBe(2);
});
