import { DatabaseSync } from 'node:sqlite';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { rank, score, staticKey, type Task } from '../src/index.ts';
import { arbitraryInstant, arbitraryTasks, arbitraryUtilisation } from './arbitrary-task.ts';

const ids = (tasks: readonly { id: string }[]) => tasks.map(({ id }) => id);

const candidates = ['ageing_key', 'promotion_key'].flatMap((key) =>
  [0, 1].map(
    (isShort) =>
      `SELECT * FROM (SELECT * FROM tasks WHERE is_short = ${isShort}
       ORDER BY ${key} DESC, enqueued_at, arrival LIMIT $limit)`,
  ),
);
const firstOfFour = `${candidates.join(' UNION ')} ORDER BY arrival`;

const byExpression = `SELECT id FROM tasks ORDER BY
  max(ageing_key + $now, promotion_key + 10 * $now - 13500000)
    + (CASE WHEN is_short AND $utilisation > 0.7 THEN 900000 ELSE 0 END) DESC,
  enqueued_at, arrival`;

function queueOf(tasks: readonly Task[]) {
  const db = new DatabaseSync(':memory:');
  db.exec(`
    CREATE TABLE tasks (
      arrival INTEGER PRIMARY KEY, id TEXT, priority INTEGER, enqueued_at INTEGER,
      estimate_ms INTEGER, is_short INTEGER, ageing_key INTEGER, promotion_key INTEGER
    );
    CREATE INDEX by_ageing ON tasks (is_short, ageing_key DESC, enqueued_at, arrival);
    CREATE INDEX by_promotion ON tasks (is_short, promotion_key DESC, enqueued_at, arrival);
  `);
  const insert = db.prepare('INSERT INTO tasks VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  for (const [arrival, task] of tasks.entries()) {
    const { ageingKey, promotionKey, isShort } = staticKey(task);
    const { id, priority, enqueuedAt, estimateMs = null } = task;
    const keys = [isShort ? 1 : 0, ageingKey, promotionKey];
    insert.run(arrival, id, priority, enqueuedAt, estimateMs, ...keys);
  }
  return db;
}

function taskOf(row: Record<string, unknown>): Task {
  const { id, priority, enqueued_at: enqueuedAt, estimate_ms: estimateMs } = row;
  return {
    id: String(id),
    priority: Number(priority),
    enqueuedAt: Number(enqueuedAt),
    ...(estimateMs === null ? {} : { estimateMs: Number(estimateMs) }),
  };
}

it('orders pairs as the score does: the larger of the two keys, shifted by the instant', () => {
  fc.assert(
    fc.property(arbitraryTasks, arbitraryInstant, (tasks, now) => {
      const level = (task: Task) => {
        const { ageingKey, promotionKey } = staticKey(task);
        return Math.max(ageingKey + now, promotionKey + 10 * now - 13_500_000);
      };
      for (const a of tasks) {
        const { total } = score(a, { now, utilisation: 0 });
        expect(level(a)).toBe(Math.round(total * 300_000));
      }
    }),
  );
});

it('orders a whole table as rank does, with one expression over the keys', () => {
  fc.assert(
    fc.property(
      arbitraryTasks,
      arbitraryInstant,
      arbitraryUtilisation,
      (tasks, now, utilisation) => {
        using db = queueOf(tasks);
        const rows = db.prepare(byExpression).all({ $now: now, $utilisation: utilisation });
        expect(rows.map((row) => row['id'])).toEqual(ids(rank(tasks, { now, utilisation })));
      },
    ),
    { numRuns: 60 },
  );
});

it('finds the most urgent k of a queue among the first k of four indexes', () => {
  const limits = fc.integer({ min: 1, max: 8 });
  fc.assert(
    fc.property(
      arbitraryTasks,
      arbitraryInstant,
      arbitraryUtilisation,
      limits,
      (tasks, now, utilisation, limit) => {
        using db = queueOf(tasks);
        const read = db.prepare(firstOfFour).all({ $limit: limit }).map(taskOf);
        const best = rank(read, { now, utilisation }).slice(0, limit);
        expect(ids(best)).toEqual(ids(rank(tasks, { now, utilisation }).slice(0, limit)));
      },
    ),
    { numRuns: 60 },
  );
});

it('needs no sorting of the queue for it', () => {
  using db = queueOf([]);
  for (const query of candidates) {
    const plan = db.prepare(`EXPLAIN QUERY PLAN ${query}`).all({ $limit: 1 });
    const steps = plan.map((row) => String(row['detail'])).join('; ');
    expect(steps).toMatch(/SEARCH tasks USING INDEX by_(ageing|promotion) \(is_short=\?\)/);
    expect(steps).not.toContain('TEMP B-TREE');
  }
});

it('is made of whole numbers that a 64-bit column and a double both hold', () => {
  const { ageingKey, promotionKey } = staticKey({ priority: 10, enqueuedAt: Date.UTC(2100, 0) });
  expect(Number.isSafeInteger(ageingKey)).toBe(true);
  expect(Number.isSafeInteger(promotionKey)).toBe(true);
});
