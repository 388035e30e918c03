import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { Chaos, type FaultRule } from '../../src/chaos.ts';
import { world } from '../../src/index.ts';

interface Tables {
  readonly orders: { readonly id: number };
}

async function shop(...rules: readonly FaultRule[]) {
  const inWorld = world();
  const chaos = new Chaos({ rules }, { clock: inWorld.clock });
  chaos.turn(false);
  const database = new Database(':memory:');
  const db = new Kysely<Tables>({
    dialect: chaos.dialect('db', new SqliteDialect({ database })),
  });
  onTestFinished(() => db.destroy());
  await db.schema.createTable('orders').addColumn('id', 'integer').execute();
  chaos.turn(true);
  return {
    chaos,
    db,
    inWorld,
    order: (id: number) =>
      db.transaction().execute((trx) => trx.insertInto('orders').values({ id }).execute()),
    ids: () => database.prepare('select id from orders').pluck().all(),
  };
}

test('a statement fails, and its transaction is rolled back', async () => {
  const { ids, order } = await shop({ fault: 'error', keys: ['db:insert'], until: 1 });
  await expect(order(1)).rejects.toThrow('Call 0 of "db:insert" fails as planned');
  await order(2);
  expect(ids()).toEqual([2]);
});

test('a commit that fails is none', async () => {
  const { ids, order } = await shop({ fault: 'error', keys: ['db:commit'], until: 1 });
  await expect(order(1)).rejects.toThrow('"db:commit"');
  await order(2);
  expect(ids()).toEqual([2]);
});

test('a partial commit is one, and nobody hears of it', async () => {
  const { ids, order } = await shop({ fault: 'partial', keys: ['db:insert'], from: 1 });
  await order(1);
  await expect(order(2)).rejects.toThrow('was done, and its answer is lost');
  // The statement was: its transaction was rolled back.
  expect(ids()).toEqual([1]);
  const committing = await shop({ fault: 'partial', keys: ['db:commit'] });
  // Kysely rolls back what it takes for not committed, and there is nothing to roll back.
  await expect(committing.order(1)).rejects.toThrow('no transaction is active');
  expect(committing.ids()).toEqual([1]);
});

test('a duplicated insert is there twice', async () => {
  const { ids, order } = await shop({ fault: 'duplicate', keys: ['db:insert'] });
  await order(1);
  expect(ids()).toEqual([1, 1]);
});

test('a slow statement takes its time by the clock that was given', async () => {
  const { db, inWorld } = await shop({ fault: 'latency', ms: 40, keys: ['db:select'] });
  let at: number | undefined;
  const reading = db
    .selectFrom('orders')
    .selectAll()
    .execute()
    .then(() => (at = inWorld.now));
  await inWorld.settle();
  await inWorld.advance(100);
  await reading;
  expect(at).toBe(40);
});

test('rows that come one by one come as the dialect gives them', async () => {
  const { db, order } = await shop();
  await order(1);
  await order(2);
  const ids: number[] = [];
  for await (const { id } of db.selectFrom('orders').selectAll().stream()) ids.push(id);
  expect(ids).toEqual([1, 2]);
});
