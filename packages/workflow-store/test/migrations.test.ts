import Database from 'better-sqlite3';
import { Kysely, sql, SqliteDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import { expect, test } from 'vitest';
import { migrations } from '../src/migrations.ts';
import {
  claimOne,
  claimUpTo,
  submitOne,
  temporaryPath,
  temporaryStore,
} from './temporary-store.ts';
import { threePhases } from './three-phases.ts';

/** A file as the version before wrote it, whose schema ended with `last`. */
async function fileOf(last: string): Promise<{ path: string; sqlite: Database.Database }> {
  const path = temporaryPath();
  const sqlite = new Database(path);
  const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: sqlite }) });
  const names = Object.keys(migrations);
  const known = new Set(names.slice(0, names.indexOf(last) + 1));
  const migrator = new Migrator({
    db,
    provider: {
      getMigrations: () =>
        Promise.resolve(
          Object.fromEntries(Object.entries(migrations).filter(([name]) => known.has(name))),
        ),
    },
    migrationTableName: 'workflow_store_migrations',
    migrationLockTableName: 'workflow_store_migrations_lock',
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
  return { path, sqlite };
}

test('artifacts, feedback, events and numbers survive the move of artifacts into events', async () => {
  const { path, sqlite } = await fileOf('0003-kept-states');
  const { hash, name, start } = threePhases;
  const artifact = { phase: start, visit: 1, output: { plan: 'a "b"' } };
  const second = { phase: start, visit: 2, output: null };
  const feedback = { fromPhase: start, visit: 1, reason: 'no', output: [1] };
  const state = {
    status: 'queued',
    reason: 'rework',
    phase: start,
    visits: { [start]: 3 },
    attempts: 0,
    retries: 0,
    recoveries: 0,
  };
  sqlite
    .prepare('insert into workflow_definitions values (?, ?, ?, 0)')
    .run(hash, name, JSON.stringify(threePhases));
  const insert = sqlite.prepare(
    `insert into workflows (id, definition_name, definition_hash, priority, status, phase, state,
      queued_at, run_at, ageing_key, promotion_key, is_short, token, created_at, updated_at)
    values (?, ?, ?, 5, 'queued', ?, ?, 0, 0, 5, 5, 0, 2, 0, 0)`,
  );
  for (const id of ['001', '002']) insert.run(id, name, hash, start, JSON.stringify(state));
  const payload = sqlite.prepare('insert into workflow_payloads values (?, ?, ?, ?)');
  for (const key of [1, 2]) payload.run(key, 'input', 0, `{"task":${key}}`);
  payload.run(1, 'artifact', 0, JSON.stringify(artifact));
  payload.run(1, 'artifact', 1, JSON.stringify(second));
  payload.run(1, 'feedback', 0, JSON.stringify(feedback));
  const event = sqlite.prepare(
    `insert into workflow_events (workflow_key, at, type, data) values (?, 0, ?, '{}')`,
  );
  event.run(1, 'submitted');
  event.run(2, 'submitted');
  event.run(1, 'woken');
  event.run(2, 'woken');
  sqlite.exec('delete from workflow_events where seq = 4');
  sqlite.close();

  const { store } = await temporaryStore({ path });
  const record = await store.get('001');
  expect(record?.input).toEqual({ task: 1 });
  expect(record?.state).toEqual({ ...state, artifacts: [artifact, second], feedback: [feedback] });
  expect((await store.get('002'))?.state).toEqual({ ...state, artifacts: [], feedback: [] });
  const typesOf = async (workflowId: string) =>
    (await store.events({ workflowId, limit: 10 })).map(({ seq, type }) => [seq, type]);
  expect(await typesOf('001')).toEqual([
    [1, 'submitted'],
    [3, 'woken'],
  ]);
  expect(await typesOf('002')).toEqual([[2, 'submitted']]);
  expect(await store.counts()).toMatchObject({ queued: 2 });
  const { items } = await store.list({ definition: name, limit: 10 });
  expect(items.map(({ id }) => id)).toEqual(['002', '001']);
  const { record: claimed, token } = await claimOne(store);
  expect(claimed.id).toBe('001');
  const at = claimed.updatedAt;
  await store.apply({
    workflowId: '001',
    token,
    event: { type: 'phase-succeeded', at, output: 'done' },
  });
  const outputs = (await store.get('001'))?.state.artifacts.map(({ output }) => output);
  expect(outputs).toEqual([artifact.output, null, 'done']);
  await submitOne(store);
  // Number 4 was given to an event that was deleted.
  expect((await store.events({ limit: 100 })).map(({ seq }) => seq)).toEqual([1, 2, 3, 5, 6, 7]);
});

test('rows are found by their ids, and are what they were, though the ids of the version before did not rise', async () => {
  const { path, sqlite } = await fileOf('0013-definition-parts');
  const { hash, name, start } = threePhases;
  const keys = [1, 2, 3, 2_048, 2_049, 5_000];
  // The clock was put back before the third and the fifth.
  const ids = ['0a', '0c', '09', '0b', '08', '0d'];
  const state = {
    status: 'queued',
    reason: 'new',
    phase: start,
    visits: { [start]: 1 },
    attempts: 0,
    retries: 0,
    recoveries: 0,
  };
  sqlite
    .prepare('insert into workflow_definitions values (?, ?, ?, 0)')
    .run(hash, name, JSON.stringify(threePhases));
  const insert = sqlite.prepare(
    `insert into workflows (key, id, definition_name, definition_hash, priority, status, phase, state,
      queued_at, run_at, is_short, token, created_at, updated_at, last_event)
    values (?, ?, ?, ?, 5, 'queued', ?, ?, ?, 0, 0, 0, 0, 0, ?)`,
  );
  const bodyHash = 'of-another-body';
  for (const [index, key] of keys.entries()) {
    const id = ids[index] ?? '';
    const seq = 10 + index;
    insert.run(key, id, name, hash, start, JSON.stringify(state), index, seq);
    sqlite.prepare('insert into workflow_inputs values (?, ?)').run(key, `{"task":"${id}"}`);
    sqlite.prepare('insert into workflow_deadlines values (?, ?)').run(key, index);
    sqlite.prepare('insert into idempotency_keys values (?, ?, ?)').run(`key-${id}`, key, bodyHash);
    sqlite
      .prepare(`insert into workflow_events values (?, ?, null, 0, 'submitted', '{}', null, null)`)
      .run(seq, key);
  }
  sqlite
    .prepare('insert into definition_parts values (?, 0), (?, 1), (?, 2)')
    .run(name, name, name);
  sqlite.close();

  const { store } = await temporaryStore({ path });
  for (const [index, id] of ids.entries()) {
    const record = await store.get(id);
    expect(record).toMatchObject({
      id,
      definition: name,
      definitionHash: hash,
      input: { task: id },
    });
    const events = await store.events({ workflowId: id, limit: 10 });
    expect(events.map(({ seq, workflowId }) => [seq, workflowId])).toEqual([[10 + index, id]]);
    const again = submitOne(store, { idempotencyKey: `key-${id}` });
    await expect(again).rejects.toMatchObject({ code: 'IDEMPOTENCY_MISMATCH', workflowId: id });
  }
  expect(await store.overdue({ now: 10, limit: 10 })).toEqual(ids);
  const { items } = await store.list({ definition: name, limit: 10 });
  expect(items.map(({ id }) => id)).toEqual(ids.toSorted().toReversed());
  // The order of the queue is by time.
  const claimed = await claimUpTo(store, 10);
  expect(claimed.map(({ record }) => record.id)).toEqual(ids);
  // What belongs to a workflow goes with it, as before.
  const { rows } = await sql`pragma foreign_keys`.execute(store.db);
  expect(rows).toEqual([{ foreign_keys: 1 }]);
  await store.db.deleteFrom('workflows').where('id', '=', '09').execute();
  for (const table of ['workflow_inputs', 'workflow_deadlines', 'idempotency_keys'] as const)
    expect(await store.db.selectFrom(table).select('workflow_key').execute()).toHaveLength(5);
});
