import { type Random, seededRandom } from '@chimera/policy';
import Database from 'better-sqlite3';
import { Kysely, SqliteDialect } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Candidate, ChimeraDatabase, ClaimKeysOf, NewWorkflow } from '../src/index.ts';
import { oldestTurn } from '../src/oldest-turn.ts';
import { writeStatements } from '../src/write-statements.ts';
import { bestFirst, keysOfNaiveScore } from './naive-score.ts';
import { claimUpTo, newWorkflow, submitOne, temporaryStore } from './temporary-store.ts';

const minute = 60_000;

describe('claim keys', () => {
  test.for([
    { arriving: 'in 20 minutes, all but a few under the cap', batchEveryMs: 12_000 },
    { arriving: 'in the course of hours, most of them promoted', batchEveryMs: 2 * minute },
  ])('the best of 2,000 are claimed at every instant: $arriving', async ({ batchEveryMs }) => {
    const { clock, store } = await temporaryStore({ claimKeys: keysOfNaiveScore });
    const random = seededRandom(7);
    let waiting: Waiting[] = [];
    for (let batch = 0; batch < 100; batch += 1) {
      const workflows = Array.from({ length: 20 }, () => anyWorkflow(random, clock.now()));
      const submitted = await store.submit(workflows);
      for (const [index, { estimateMs, priority, runAt }] of workflows.entries()) {
        const estimate = estimateMs === undefined ? {} : { estimateMs };
        const queuedAt = runAt ?? clock.now();
        waiting.push({ id: submitted[index]?.id ?? '', priority, queuedAt, ...estimate });
      }
      await clock.advance(Math.floor(random() * 2 * batchEveryMs));
    }
    for (let instant = 0; instant < 40; instant += 1) {
      const [now, isBusy] = [clock.now(), instant % 2 === 1];
      const claims = await store.claim({
        holder: 'h1',
        leaseMs: 1_000,
        limit: 16,
        choose: (candidates) => bestFirst(candidates, now, isBusy).map(({ id }) => id),
      });
      const due = waiting.filter(({ queuedAt }) => queuedAt <= now);
      const best = bestFirst(due, now, isBusy).slice(0, 16);
      const claimed = claims.map(({ record }) => record.id);
      expect(claimed).toEqual(best.map(({ id }) => id));
      waiting = waiting.filter(({ id }) => !claimed.includes(id));
      await clock.advance(minute + instant);
    }
  });

  test('the first 64 by each key are shown, of the short and of the others, each once', async () => {
    const shown = await candidatesOf(300, ({ priority, queuedAt, estimateMs }) => ({
      ageingKey: priority,
      promotionKey: -queuedAt,
      isShort: estimateMs === 0,
    }));
    const short = shown.filter(({ estimateMs }) => estimateMs === 0);
    expect(new Set(shown.map(({ id }) => id)).size).toBe(shown.length);
    expect(short).toHaveLength(128);
    expect(shown).toHaveLength(256);
  });

  test('twice the limit is shown where that is more', async () => {
    const shown = await candidatesOf(300, undefined, 100);
    expect(shown).toHaveLength(200);
  });

  test('under a floor the best that reach it are claimed, whatever waits below', async () => {
    const { clock, store } = await temporaryStore({ claimKeys: keysOfNaiveScore });
    const random = seededRandom(11);
    const waiting: Waiting[] = [];
    for (let n = 0; n < 1_500; n += 1) {
      const priority = Math.floor(random() * 11);
      const estimateMs = random() < 0.3 ? 5_000 : 10 * minute;
      const id = await submitOne(store, { priority, estimateMs });
      waiting.push({ id, priority, queuedAt: clock.now(), estimateMs });
      await clock.advance(Math.floor(random() * 20_000));
    }
    for (let n = 0; n < 30; n += 1) {
      const [now, isBusy, minPriority] = [clock.now(), n % 2 === 1, 1 + (n % 10)];
      const claims = await store.claim({
        holder: 'h1',
        leaseMs: 1_000,
        limit: 8,
        minPriority,
        choose: (candidates) => bestFirst(candidates, now, isBusy).map(({ id }) => id),
      });
      const able = waiting.filter(({ priority }) => priority >= minPriority);
      const best = bestFirst(able, now, isBusy).slice(0, 8);
      const claimed = claims.map(({ record }) => record.id);
      expect(claimed).toEqual(best.map(({ id }) => id));
      for (const id of claimed)
        waiting.splice(
          waiting.findIndex((each) => each.id === id),
          1,
        );
      const young = await submitOne(store, { priority: minPriority, estimateMs: 5_000 });
      waiting.push({ id: young, priority: minPriority, queuedAt: clock.now(), estimateMs: 5_000 });
    }
  });

  test('the higher ageing key comes first, then the older', async () => {
    const { clock, store } = await temporaryStore({ claimKeys: keysOfNaiveScore });
    const old = await submitOne(store, { priority: 5 });
    await clock.advance(51 * minute);
    const urgent = await submitOne(store, { priority: 6 });
    const young = await submitOne(store, { priority: 5 });
    const claims = await claimUpTo(store, 3);
    expect(claims.map(({ record }) => record.id)).toEqual([old, urgent, young]);
  });

  test('every read of the candidates is the end of an index, without a sort', async () => {
    const { path } = await temporaryStore();
    const executed: string[] = [];
    const sqlite = new Database(path, { verbose: (text) => executed.push(String(text)) });
    onTestFinished(() => {
      sqlite.close();
    });
    const db = new Kysely<ChimeraDatabase>({ dialect: new SqliteDialect({ database: sqlite }) });
    const { levels, limits } = writeStatements(sqlite, db);
    levels.heads.all({ held_by: null });
    levels.firstOf.all({ is_short: 0, priority: 5, held_by: null, limit: 64 });
    limits.levels.heads.all({ held_by: 'agent a' });
    limits.levels.firstOf.all({ is_short: 1, priority: 5, held_by: 'agent a', limit: 64 });
    await oldestTurn(db, levels);
    const plan = executed
      .filter((text) => text.startsWith('select'))
      .flatMap((text) => sqlite.prepare<[], { detail: string }>(`explain query plan ${text}`).all())
      .map(({ detail }) => detail);
    const reads = plan
      .filter((detail) => /^(SCAN|SEARCH) workflows/.test(detail))
      .map((detail) => detail.replace(/ \(.*\)$/, ''));
    const byLevel = 'SEARCH workflows USING COVERING INDEX workflows_by_level';
    const heldByLevel = 'SEARCH workflows USING COVERING INDEX workflows_held_by_level';
    expect(reads.filter((read) => read !== byLevel && read !== heldByLevel)).toEqual([]);
    // For each of 22 levels its head, and the first of one, of the queue and of a key; then the heads again.
    expect(reads.filter((read) => read === byLevel)).toHaveLength(22 + 1 + 22);
    expect(reads.filter((read) => read === heldByLevel)).toHaveLength(22 + 1);
    expect(plan.filter((detail) => detail.includes('TEMP B-TREE'))).toEqual([]);
  });

  test('no statement has a bare parameter for its limit: SQLite would plan it anew at every call', async () => {
    const { store } = await temporaryStore();
    const texts: string[] = [];
    const prepare = (text: string) => {
      texts.push(text);
      return { run: notRun, get: notRun, all: notRun };
    };
    writeStatements({ prepare }, store.db);
    expect(texts.filter((text) => / limit \? \+ 0\b/.test(text)).length).toBeGreaterThan(3);
    expect(texts.filter((text) => /\blimit \?(?! \+)/.test(text))).toEqual([]);
  });
});

function notRun(): never {
  throw new Error('none of them is run');
}

interface Waiting {
  readonly id: string;
  readonly priority: number;
  readonly queuedAt: number;
  readonly estimateMs?: number;
}

function anyWorkflow(random: Random, now: number): NewWorkflow {
  // Few are short: many others stand before them until the pool is busy.
  const shorts = [5_000, minute - 1];
  const others = [undefined, minute, 10 * minute];
  const estimates = random() < 0.05 ? shorts : others;
  const estimateMs = estimates[Math.floor(random() * estimates.length)];
  const isForLater = random() < 0.1;
  return newWorkflow({
    priority: Math.floor(random() * 11),
    ...(estimateMs === undefined ? {} : { estimateMs }),
    ...(isForLater ? { runAt: now + Math.floor(random() * 90 * minute) } : {}),
  });
}

/** What is shown of workflows that come one a millisecond, each more urgent than 30 before it; every other one is short. */
async function candidatesOf(
  count: number,
  claimKeys: ClaimKeysOf | undefined,
  limit = 1,
): Promise<readonly Candidate[]> {
  const { clock, store } = await temporaryStore(claimKeys === undefined ? {} : { claimKeys });
  for (let n = 0; n < count; n += 1) {
    await submitOne(store, { priority: Math.floor(n / 30), estimateMs: n % 2 });
    await clock.advance(1);
  }
  let shown: readonly Candidate[] = [];
  await store.claim({
    holder: 'h1',
    leaseMs: 1_000,
    limit,
    choose: (candidates) => {
      shown = candidates;
      return [];
    },
  });
  return shown;
}
