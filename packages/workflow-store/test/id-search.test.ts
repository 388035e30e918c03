import { VirtualClock } from '@chimera/policy';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { Kysely, sql, SqliteDialect } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { hasId, lastKeyUpTo } from '../src/id-search.ts';
import { openWorkflowStore } from '../src/index.ts';
import type { ChimeraDatabase } from '../src/tables.ts';
import { forgetOld } from './forget-old.ts';
import {
  newWorkflow,
  startsAt,
  submitOne,
  temporaryPath,
  temporaryStore,
} from './temporary-store.ts';

/** Distances to the row before: keys are missing where rows were deleted. */
const anyGaps = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 3_000 })));
/** What a text can be compared with: those that are there, what is between, before and behind them. */
const anyId = fc.oneof(
  fc.stringMatching(/^[0-9a-f]{0,6}$/),
  fc.constantFrom('', '~', '000000', 'ffffff'),
);

test('the last key whose id is not above another is found, whatever is missing', async () => {
  const sqlite = new Database(':memory:');
  const db = new Kysely<ChimeraDatabase>({ dialect: new SqliteDialect({ database: sqlite }) });
  onTestFinished(() => db.destroy());
  sqlite.exec('create table workflows (key integer primary key, id text not null)');
  const insert = sqlite.prepare('insert into workflows values (?, ?)');
  await fc.assert(
    fc.asyncProperty(anyGaps, anyGaps, fc.array(anyId), async (gaps, others, asked) => {
      sqlite.exec('delete from workflows');
      const rows: { key: number; id: string }[] = [];
      let [key, number] = [0, 0];
      for (const [index, gap] of gaps.entries()) {
        key += gap;
        number += others[index] ?? 1;
        const row = { key, id: number.toString(16).padStart(6, '0') };
        insert.run(row.key, row.id);
        rows.push(row);
      }
      for (const id of [...asked, ...rows.map((row) => row.id)]) {
        const last = rows.findLast((row) => row.id <= id);
        const { found } = await db
          .selectNoFrom(lastKeyUpTo(sql.val(id)).as('found'))
          .executeTakeFirstOrThrow();
        expect(found).toBe(last?.key ?? 0);
        const named = await db
          .selectFrom('workflows')
          .selectAll()
          .where(hasId(sql.val(id)))
          .execute();
        expect(named).toEqual(rows.filter((row) => row.id === id));
      }
    }),
    { numRuns: 200 },
  );
});

test('ids rise, and are found, though the clock is put back between two runs', async () => {
  const path = temporaryPath();
  const ids: string[] = [];
  for (const at of [startsAt, startsAt - 86_400_000, startsAt - 5, startsAt + 5]) {
    const store = await openWorkflowStore(
      { path, durability: 'crash' },
      { clock: new VirtualClock(at) },
    );
    try {
      const submitted = await store.submit(Array.from({ length: 3 }, () => newWorkflow()));
      ids.push(...submitted.map(({ id }) => id));
      expect(ids).toEqual(ids.toSorted());
      for (const id of ids) expect((await store.get(id))?.id).toBe(id);
    } finally {
      await store.close();
    }
  }
});

test('what was forgotten is not found, and what is left is', async () => {
  const { clock, store } = await temporaryStore();
  const ids: string[] = [];
  for (let count = 0; count < 40; count += 1) ids.push(await submitOne(store));
  const [gone, left] = [ids.filter((_, at) => at % 3 === 0), ids.filter((_, at) => at % 3 !== 0)];
  for (const workflowId of gone)
    await store.apply({
      workflowId,
      event: { type: 'cancel-requested', at: clock.now(), reason: 'no' },
    });
  expect(await forgetOld(store, 'cancelled', 0, 100)).toBe(gone.length);
  for (const id of gone) {
    expect(await store.get(id)).toBeUndefined();
    expect(await store.events({ workflowId: id, limit: 10 })).toEqual([]);
  }
  for (const id of left) {
    expect((await store.get(id))?.id).toBe(id);
    expect(await store.events({ workflowId: id, limit: 10 })).toHaveLength(1);
  }
});

test('an id that is not above the last one is refused, also by a store that is opened again', async () => {
  const path = temporaryPath();
  let next = 'b';
  const open = () =>
    openWorkflowStore(
      { path, durability: 'crash' },
      { clock: new VirtualClock(startsAt), newId: () => next },
    );
  const refusal = (last: string) =>
    new RangeError(
      `workflow-store: newId must be a function whose ids rise, after "${last}", got "${next}"`,
    );
  const store = await open();
  expect(await submitOne(store)).toBe('b');
  await expect(submitOne(store)).rejects.toThrow(refusal('b'));
  next = 'a';
  await expect(submitOne(store)).rejects.toThrow(refusal('b'));
  expect(await store.counts()).toMatchObject({ queued: 1 });
  await store.close();
  const again = await open();
  onTestFinished(() => again.close());
  await expect(submitOne(again)).rejects.toThrow(refusal('b'));
  next = 'c';
  expect(await submitOne(again)).toBe('c');
});
