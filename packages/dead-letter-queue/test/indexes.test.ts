import Database from 'better-sqlite3';
import { type CompiledQuery, Kysely, SqliteDialect } from 'kysely';
import { expect, test } from 'vitest';
import { DeadLetterQueue } from '../src/index.ts';

test('groups are counted without reading a row, and few among many are found', async () => {
  const sqlite = new Database(':memory:');
  const queries: CompiledQuery[] = [];
  const log = ({ query }: { query: CompiledQuery }) => void queries.push(query);
  const db = new Kysely<object>({ dialect: new SqliteDialect({ database: sqlite }), log });
  const letters = new DeadLetterQueue(db);
  await letters.migrate();
  const planOf = async (act: () => Promise<unknown>) => {
    queries.length = 0;
    await act();
    const [query] = queries;
    const plan = sqlite
      .prepare(`explain query plan ${query?.sql}`)
      .all(...(query?.parameters ?? []));
    return (plan as readonly { detail: string }[])[0]?.detail;
  };
  expect(await planOf(() => letters.groups({ status: 'open' }))).toBe(
    'SEARCH dead_letters USING COVERING INDEX dead_letters_by_group (status=?)',
  );
  expect(await planOf(() => letters.list({ agent: 'coder' }))).toBe(
    'SEARCH dead_letters USING INDEX dead_letters_by_agent (agent=?)',
  );
  expect(await planOf(() => letters.list({ phase: 'implement', status: 'open' }))).toBe(
    'SEARCH dead_letters USING INDEX dead_letters_by_phase (phase=?)',
  );
  expect(await planOf(() => letters.list({ fingerprint: 'f1', status: 'open' }))).toBe(
    'SEARCH dead_letters USING INDEX dead_letters_by_group (status=? AND fingerprint=?)',
  );
  await db.destroy();
});
