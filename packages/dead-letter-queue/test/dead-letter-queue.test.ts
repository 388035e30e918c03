import { VirtualClock } from '@chimera/policy';
import * as fc from 'fast-check';
import { CamelCasePlugin, type Kysely, type Transaction } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import {
  type DeadLetter,
  DeadLetterQueue,
  type DeadLetterQueueOptions,
  type Json,
  redrive,
} from '@chimera/dead-letter-queue';
import { databases, type JobTables, type TestDatabase } from './databases.ts';

const start = 1_700_000_000_000;
const table = 'buried_jobs';
const error = { code: 'AGENT_FAILED', message: 'exit code 1', retryable: true };

async function enqueue(entry: DeadLetter, transaction: Transaction<JobTables>): Promise<void> {
  await transaction
    .insertInto('jobs')
    .values({ task_id: entry.taskId, dead_letter_id: entry.id })
    .execute();
}

describe.each(databases)('on %s', (name, open) => {
  const isSqlite = name === 'SQLite';
  let database: TestDatabase;
  let db: Kysely<JobTables>;
  let clock: VirtualClock;
  let queue: DeadLetterQueue<JobTables>;

  // PostgreSQL starts as WebAssembly: seconds on a busy machine.
  beforeAll(async () => {
    database = await open();
    db = database.db;
    await freshQueue().migrate();
  }, 60_000);
  afterAll(() => database.close());
  beforeEach(async () => {
    await db.deleteFrom('jobs').execute();
    await letters().deleteFrom(table).execute();
    clock = new VirtualClock(start);
    queue = freshQueue();
  });

  function freshQueue(options: DeadLetterQueueOptions = {}) {
    let ids = 0;
    const newId = () => `d${(ids += 1)}`;
    return new DeadLetterQueue(db, { table, ...options }, { clock, newId });
  }

  const letters = () => db.$extendTables<Record<string, Record<string, string>>>();
  const jobs = async () =>
    (await db.selectFrom('jobs').select('dead_letter_id').execute()).map(
      (job) => job.dead_letter_id,
    );
  const corrupt = (id: string, column: string, text: string) =>
    letters()
      .updateTable(table)
      .set({ [column]: text })
      .where('id', '=', id)
      .execute();

  it('refuses a table that a later version has written', async () => {
    const migrations = `${table}_migrations`;
    const later = db.$extendTables<Record<string, { name: string; timestamp: string }>>();
    await later.insertInto(migrations).values({ name: '0009-later', timestamp: '' }).execute();
    await expect(queue.migrate()).rejects.toMatchObject({
      code: 'DEAD_LETTER_SCHEMA_TOO_NEW',
      table,
      message: `The table ${table} was written by a later version (it has 0009-later); update this program, or restore a backup from before`,
    });
    await later.deleteFrom(migrations).where('name', '=', '0009-later').execute();
    await queue.migrate();
  });

  it('refuses a filter that it does not know, which would mean all', async () => {
    await queue.add({ taskId: 't1', workflowState: {}, error });
    for (const filter of [{ phse: 'a' }, { status: 'opne' }] as object[]) {
      await expect(queue.list(filter)).rejects.toThrow(RangeError);
      await expect(queue.groups(filter)).rejects.toThrow(RangeError);
    }
    // A redrive takes what is open, all of it, and nothing else.
    for (const filter of [{ phse: 'a' }, { status: 'resolved' }, { limit: 1 }] as object[]) {
      const redriving = redrive(queue, filter, enqueue);
      await expect(redriving).rejects.toThrow(
        /^redrive: filter must be 'taskId' or .* got "(phse|status|limit)"$/,
      );
    }
    const unwatched = redrive(queue, {}, enqueue, { observeMs: 60_000 } as object);
    await expect(unwatched).rejects.toThrow(
      /^redrive: option must be 'canary' or .* got "observeMs"$/,
    );
    expect(await jobs()).toEqual([]);
  });

  it('refuses what JavaScript lets through, by the name of the field, and keeps nothing of it', async () => {
    const { id } = await queue.add({ taskId: 't1', error });
    const wrong: readonly [Promise<unknown>, string][] = [
      [queue.add({ error } as never), 'taskId must be a text that is not empty, got undefined'],
      [queue.add({ taskId: 5, error } as never), 'taskId must be a text that is not empty, got 5'],
      [queue.add({ taskId: '', error }), 'taskId must be a text that is not empty, got ""'],
      [queue.add({ taskId: 't2', error, phase: 5 } as never), 'phase must be a text, got 5'],
      [queue.add({ taskId: 't2', error, attempts: 5 } as never), 'attempts must be a list, got 5'],
      [
        queue.add({ taskId: 't2', error }, { by: 'me' } as never),
        'within must be a Kysely, or a transaction of one, got object',
      ],
      [
        queue.requeue(id, enqueue, { by: 'me' } as never),
        'within must be a Kysely, or a transaction of one, got object',
      ],
      [queue.requeue(id, undefined as never), 'enqueue must be a function, got undefined'],
      [queue.get(undefined as never), 'id must be a text that is not empty, got undefined'],
      [queue.investigate(id, undefined as never), 'note must be a text that is not empty, got'],
      [queue.investigate(id, ''), 'note must be a text that is not empty, got ""'],
      [queue.resolve(id, 'done' as never), 'resolution must be a text that is not empty, got'],
      [queue.discard(id, { reason: 5 } as never), 'reason must be a text, got 5'],
      [queue.resolve(id, { resolution: 'x', by: 5 } as never), 'by must be a text, got 5'],
      [queue.list({ taskId: 5 } as never), 'taskId must be a text, got 5'],
      [queue.list({ failedBefore: 'now' } as never), 'failedBefore must be an instant in ms'],
      [queue.returned('x' as never), 'ids must be a list, got "x"'],
      [
        queue.purge({ olderThan: 0, statuses: 'open' } as never),
        'statuses must be a list, got "open"',
      ],
    ];
    for (const [asked, message] of wrong)
      await expect(asked).rejects.toThrow(`dead-letter-queue: ${message}`);
    expect(() => new DeadLetterQueue(undefined as never)).toThrow(
      'dead-letter-queue: db must be a Kysely, or a transaction of one, got undefined',
    );
    expect(await queue.counts()).toMatchObject({ open: 1, resolved: 0, discarded: 0 });
    expect(await queue.get(id)).toMatchObject({ status: 'open', investigatedAt: undefined });
  });

  it('says what to call when its table is not there, whatever is asked of it first', async () => {
    const unmade = freshQueue({ table: 'never_made' });
    const asked: readonly (() => Promise<unknown>)[] = [
      () => unmade.add({ taskId: 't1', error }),
      () => unmade.get('d1'),
      () => unmade.list(),
      () => unmade.groups(),
      () => unmade.counts(),
      () => unmade.oldestOpenAt(),
      () => unmade.returned(['d1']),
      () => unmade.investigate('d1', 'why'),
      () => unmade.resolve('d1', { resolution: 'done' }),
      () => unmade.discard('d1'),
      () => unmade.requeue('d1', enqueue),
      () => unmade.purge({ olderThan: '1d' }),
      () => redrive(unmade, {}, enqueue),
    ];
    for (const ask of asked)
      await expect(ask()).rejects.toMatchObject({
        code: 'DEAD_LETTER_TABLE_MISSING',
        message:
          'Table "never_made" is not in this database; call migrate() before anything else, with the same table name',
        table: 'never_made',
        cause: expect.any(Error) as Error,
      });
  });

  it('leaves an error about a table of the caller as it is', async () => {
    await queue.add({ taskId: 't1', error });
    const elsewhere = async (_entry: DeadLetter, transaction: Transaction<JobTables>) => {
      await transaction
        .$extendTables<Record<string, Record<string, string>>>()
        .insertInto(`${table}_archive`)
        .values({ id: 'd1' })
        .execute();
    };
    const failed: unknown = await queue.requeue('d1', elsewhere).catch((thrown: unknown) => thrown);
    expect(String(failed)).toContain(`${table}_archive`);
    expect(failed).not.toHaveProperty('code', 'DEAD_LETTER_TABLE_MISSING');
  });

  // SQLite keeps them; no text of PostgreSQL can.
  it.each<[string, (nul: string) => Promise<unknown>]>([
    ['taskId', (taskId) => queue.add({ taskId, error })],
    ['phase', (phase) => queue.add({ taskId: 't1', error, phase })],
    ['agent', (agent) => queue.add({ taskId: 't1', error, agent })],
    ['fingerprint', (fingerprint) => queue.add({ taskId: 't1', error, fingerprint })],
    ['note', (note) => queue.investigate('d1', note)],
    ['by', (by) => queue.investigate('d1', 'note', { by })],
    ['resolution', (resolution) => queue.resolve('d1', { resolution })],
    ['reason', (reason) => queue.discard('d1', { reason })],
    ['by', (by) => queue.requeue('d1', enqueue, db, { by })],
    ['taskId', (taskId) => queue.list({ taskId })],
    ['idPrefix', (idPrefix) => queue.groups({ idPrefix })],
    ['id', (id) => queue.get(id)],
  ])('refuses a NUL in %s by name where the database cannot keep it', async (field, ask) => {
    await queue.add({ taskId: 't1', error });
    const [refused] = await Promise.allSettled([ask('a\0b')]);
    const kept =
      field === 'id'
        ? { status: 'rejected', reason: { code: 'DEAD_LETTER_NOT_FOUND' } }
        : { status: 'fulfilled' };
    const named = {
      status: 'rejected',
      reason: {
        name: 'RangeError',
        message: `dead-letter-queue: ${field} must be a text without NUL, which PostgreSQL has no place for, got "a\\u0000b"`,
        cause: expect.objectContaining({ code: '22021' }) as Error,
      },
    };
    expect(refused).toMatchObject(isSqlite ? kept : named);
  });

  it('names the field of a death that is not JSON', async () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const entry = { taskId: 't1', workflowState: circle as unknown as Json, error };
    await expect(queue.add(entry)).rejects.toThrow(
      'dead-letter-queue: workflowState must be JSON (Converting circular structure to JSON)',
    );
  });
  const killed = new Error('killed');

  describe('a dead letter', () => {
    it('keeps everything it was given', async () => {
      const added = await queue.add({
        taskId: 't1',
        error,
        workflowState: { phase: 'code', visits: { code: 2 } },
        retryCount: 3,
        attempts: [{ attempt: 1, error: 'exit code 1' }],
        phase: 'code',
        agent: 'coder',
      });
      expect(added).toEqual({
        id: 'd1',
        taskId: 't1',
        status: 'open',
        fingerprint: 'AGENT_FAILED/code/coder',
        phase: 'code',
        agent: 'coder',
        workflowState: { phase: 'code', visits: { code: 2 } },
        error,
        retryCount: 3,
        attempts: [{ attempt: 1, error: 'exit code 1' }],
        failedAt: start,
        death: 1,
        replays: 0,
        previousId: undefined,
        investigatedAt: undefined,
        investigatedBy: undefined,
        note: undefined,
        resolution: undefined,
        resolvedAt: undefined,
        resolvedBy: undefined,
        requeuedAt: undefined,
        requeuedBy: undefined,
        requeuedWith: undefined,
      });
      expect(await queue.get('d1')).toEqual(added);
    });

    it('needs no more than a task and an error', async () => {
      expect(await queue.add({ taskId: 't1', error: 'boom' })).toMatchObject({
        error: { code: 'UNKNOWN', message: 'boom' },
        fingerprint: 'UNKNOWN/-/-',
        workflowState: null,
        retryCount: 0,
        attempts: [],
      });
    });

    it('returns any JSON state and details unchanged', async () => {
      await fc.assert(
        fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (state, details) => {
          const given = JSON.parse(JSON.stringify([state, details])) as [Json, Json];
          const failed = { ...error, details: given[1], cause: { ...error, code: 'ROOT' } };
          const { id } = await queue.add({ taskId: 't', error: failed, workflowState: given[0] });
          const read = await queue.get(id);
          expect(read.workflowState).toEqual(given[0]);
          expect(read.error).toEqual(failed);
        }),
        { numRuns: 50 },
      );
    });

    it('of a second death is a new one, linked to the first', async () => {
      const first = await queue.add({ taskId: 't1', error });
      await queue.add({ taskId: 't2', error });
      await queue.requeue(first.id, enqueue);
      const second = await queue.add({ taskId: 't1', error });
      expect(second).toMatchObject({ death: 2, replays: 1, previousId: first.id, status: 'open' });
      const third = await queue.add({ taskId: 't1', error });
      expect(third).toMatchObject({ death: 3, replays: 1, previousId: second.id });
      expect(await queue.returned([first.id, 'gone'])).toEqual([second.id]);
    });

    it.each([Number.NaN, Infinity, -Infinity, 1e300])(
      'is refused with a time of death of %d: no list could go on after it',
      async (failedAt) => {
        await expect(queue.add({ taskId: 't1', error, failedAt })).rejects.toThrow(
          'dead-letter-queue: failedAt must be an integer from',
        );
      },
    );

    it('is refused with a retryCount that counts nothing', async () => {
      await expect(queue.add({ taskId: 't1', error, retryCount: -1 })).rejects.toThrow(
        'dead-letter-queue: retryCount must be an integer >= 0, got -1',
      );
    });
  });

  describe('a list', () => {
    it('is newest first, and its pages meet without gap or overlap', async () => {
      for (let n = 0; n < 7; n += 1) {
        await queue.add({ taskId: `t${n}`, error });
        if (n % 3 === 0) await clock.advance(1);
      }
      const all = (await queue.list()).items.map(({ id }) => id);
      expect(all).toEqual(['d7', 'd6', 'd5', 'd4', 'd3', 'd2', 'd1']);
      const paged: string[] = [];
      let cursor: string | undefined = undefined;
      do {
        const page = await queue.list({ limit: 2, cursor });
        paged.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(paged).toEqual(all);
    });

    it('shows what matches every field of the filter', async () => {
      await queue.add({ taskId: 't1', error, phase: 'code', agent: 'a' });
      await clock.advance(5);
      await queue.add({ taskId: 't2', error, phase: 'code', agent: 'b' });
      await queue.add({ taskId: 't1', error, phase: 'plan', agent: 'b' });
      await queue.resolve('d3', { resolution: 'done by hand' });
      const ids = async (filter: Parameters<typeof queue.list>[0]) =>
        (await queue.list(filter)).items.map(({ id }) => id);
      expect(await ids({ status: 'open' })).toEqual(['d2', 'd1']);
      expect(await ids({ taskId: 't1' })).toEqual(['d3', 'd1']);
      expect(await ids({ phase: 'code', agent: 'b' })).toEqual(['d2']);
      expect(await ids({ fingerprint: 'AGENT_FAILED/plan/b' })).toEqual(['d3']);
      expect(await ids({ failedBefore: start + 5 })).toEqual(['d1']);
      expect(await ids({ idPrefix: 'd' })).toEqual(['d3', 'd2', 'd1']);
      expect(await ids({ idPrefix: 'd2', phase: 'code' })).toEqual(['d2']);
      expect(await ids({ idPrefix: '%' })).toEqual([]);
      expect(await ids({ status: 'open', taskId: 't1', phase: 'plan' })).toEqual([]);
    });

    it.each([
      { failedBefore: start + 0.5, found: 1 },
      { failedBefore: start, found: 0 },
      { failedBefore: Infinity, found: 1 },
      { failedBefore: -1e300, found: 0 },
    ])('takes $failedBefore for a bound', async ({ failedBefore, found }) => {
      await queue.add({ taskId: 't1', error });
      expect((await queue.list({ failedBefore })).items).toHaveLength(found);
      await expect(queue.list({ failedBefore: Number.NaN })).rejects.toThrow(RangeError);
    });

    it('counts the characters of a prefix as the database does', async () => {
      const named = new DeadLetterQueue(db, { table }, { clock, newId: () => '🐉-1' });
      await named.add({ taskId: 't1', error });
      expect((await named.list({ idPrefix: '🐉' })).items).toHaveLength(1);
      expect((await named.list({ idPrefix: '🐉-' })).items).toHaveLength(1);
    });

    it('refuses a cursor that it never gave, and a limit of nothing', async () => {
      await expect(queue.list({ cursor: 'next' })).rejects.toThrow(
        'dead-letter-queue: cursor must be the nextCursor of a list, got "next"',
      );
      await expect(queue.list({ limit: 0 })).rejects.toThrow(
        'dead-letter-queue: limit must be an integer from 1 to 1000, got 0',
      );
    });

    it.each([
      ['workflow_state', '{"phase":'],
      ['error', '{"code":"X"}'],
      ['error', '{"code":"X","message":"m","retryable":true,"cause":{}}'],
      ['attempts', '7'],
      ['requeued_with', '[]'],
    ])('names the row whose %s is %s, and shows the others', async (column, text) => {
      for (const taskId of ['t1', 't2', 't3']) await queue.add({ taskId, error });
      await corrupt('d2', column, text);
      const { items, unreadable } = await queue.list();
      expect(items.map(({ id }) => id)).toEqual(['d3', 'd1']);
      expect(unreadable).toMatchObject([{ code: 'DEAD_LETTER_UNREADABLE', id: 'd2', column }]);
      await expect(queue.get('d2')).rejects.toThrow(
        `Dead letter "d2" has a column ${column} that cannot be read; repair it, or discard() it`,
      );
    });

    it('goes on after a page of which no row can be read', async () => {
      for (const taskId of ['t1', 't2']) await queue.add({ taskId, error });
      await corrupt('d2', 'error', 'x');
      const first = await queue.list({ limit: 1 });
      expect(first.items).toEqual([]);
      const second = await queue.list({ limit: 1, cursor: first.nextCursor });
      expect(second.items.map(({ id }) => id)).toEqual(['d1']);
    });
  });

  it('groups deaths by cause, the most frequent first', async () => {
    await queue.add({ taskId: 't1', error, phase: 'code' });
    await queue.add({ taskId: 't2', error: { ...error, code: 'OTHER' } });
    await clock.advance(10);
    await queue.add({ taskId: 't1', error, phase: 'code' });
    await queue.resolve('d1', { resolution: 'by hand' });
    const frequent = {
      fingerprint: 'AGENT_FAILED/code/-',
      count: 2,
      open: 1,
      tasks: 1,
      firstFailedAt: start,
      lastFailedAt: start + 10,
    };
    const rare = {
      fingerprint: 'OTHER/-/-',
      count: 1,
      open: 1,
      tasks: 1,
      firstFailedAt: start,
      lastFailedAt: start,
    };
    expect(await queue.groups()).toEqual([frequent, rare]);
    expect(await queue.groups({ status: 'resolved' })).toMatchObject([{ count: 1, open: 0 }]);
  });

  describe('an investigation', () => {
    it('is noted in any status, the latest note standing', async () => {
      await queue.add({ taskId: 't1', error });
      await queue.investigate('d1', 'disk was full', { by: 'ada' });
      await clock.advance(7);
      await queue.resolve('d1', { resolution: 'ran it by hand', by: 'ada' });
      await clock.advance(3);
      expect(await queue.investigate('d1', 'disk was full of logs')).toMatchObject({
        status: 'resolved',
        note: 'disk was full of logs',
        investigatedAt: start + 10,
        investigatedBy: undefined,
        resolution: 'ran it by hand',
        resolvedAt: start + 7,
        resolvedBy: 'ada',
      });
    });
  });

  describe('what is not here, or no longer open, is refused with a remedy', () => {
    const notFound = {
      code: 'DEAD_LETTER_NOT_FOUND',
      id: 'd9',
      message: 'Dead letter "d9" is not here; list() shows those that are',
    };
    it('when it is looked at or dealt with', async () => {
      await expect(queue.get('d9')).rejects.toMatchObject(notFound);
      await expect(queue.investigate('d9', '?')).rejects.toMatchObject(notFound);
      await expect(queue.resolve('d9', { resolution: '?' })).rejects.toMatchObject(notFound);
      await expect(queue.discard('d9')).rejects.toMatchObject(notFound);
      await expect(queue.requeue('d9', enqueue)).rejects.toMatchObject(notFound);
    });

    it('when it is closed a second time', async () => {
      await queue.add({ taskId: 't1', error });
      await queue.discard('d1', { reason: 'obsolete' });
      const closed = {
        code: 'DEAD_LETTER_NOT_OPEN',
        id: 'd1',
        status: 'discarded',
        message:
          'Dead letter "d1" is discarded, no longer open; add a new one if its task still has to run',
      };
      await expect(queue.discard('d1')).rejects.toMatchObject(closed);
      await expect(queue.resolve('d1', { resolution: '?' })).rejects.toMatchObject(closed);
      await expect(queue.requeue('d1', enqueue)).rejects.toMatchObject(closed);
      expect(await jobs()).toEqual([]);
      expect(await queue.get('d1')).toMatchObject({ resolution: 'obsolete', resolvedAt: start });
    });
  });

  it('discards a row that cannot be read, and requeues none', async () => {
    await queue.add({ taskId: 't1', error });
    await corrupt('d1', 'error', 'x');
    await expect(queue.requeue('d1', enqueue)).rejects.toMatchObject({
      code: 'DEAD_LETTER_UNREADABLE',
    });
    expect(await queue.counts()).toEqual({ open: 1, requeued: 0, resolved: 0, discarded: 0 });
    await queue.discard('d1');
    expect(await queue.counts()).toEqual({ open: 0, requeued: 0, resolved: 0, discarded: 1 });
  });

  describe('a requeue', () => {
    it('enqueues in the transaction that marks the entry', async () => {
      await queue.add({ taskId: 't1', error });
      expectTypeOf<DeadLetterQueue<JobTables>['requeue']>()
        .parameter(1)
        .parameter(1)
        .toEqualTypeOf<Transaction<JobTables>>();
      const marked = await queue.requeue('d1', enqueue, undefined, { by: 'ada' });
      expect(marked).toMatchObject({ status: 'requeued', requeuedAt: start, requeuedBy: 'ada' });
      expect(await queue.get('d1')).toEqual(marked);
      expect(await jobs()).toEqual(['d1']);
    });

    it('that fails to enqueue leaves the entry open', async () => {
      await queue.add({ taskId: 't1', error });
      const failing = async (...args: Parameters<typeof enqueue>) => {
        await enqueue(...args);
        throw killed;
      };
      await expect(queue.requeue('d1', failing)).rejects.toBe(killed);
      expect(await jobs()).toEqual([]);
      expect(await queue.get('d1')).toMatchObject({ status: 'open', requeuedAt: undefined });
    });

    it('enqueues once, however many ask at the same time', async () => {
      await queue.add({ taskId: 't1', error });
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, () => queue.requeue('d1', enqueue)),
      );
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      const refusals = results.flatMap((result) =>
        result.status === 'rejected' ? [result.reason as unknown] : [],
      );
      expect(refusals).toHaveLength(7);
      for (const refusal of refusals)
        expect(refusal).toMatchObject({ code: 'DEAD_LETTER_NOT_OPEN', status: 'requeued' });
      expect(await jobs()).toEqual(['d1']);
    });

    it('passes changes on, and keeps them', async () => {
      await queue.add({ taskId: 't1', error });
      const change = { phase: 'plan', input: { files: ['a.ts'] } };
      const seen: unknown[] = [];
      await queue.requeue('d1', async (...args) => void seen.push(args[2]), undefined, change);
      expect(seen).toEqual([change]);
      expect((await queue.get('d1')).requeuedWith).toEqual(change);
    });

    it.each([Number.NaN, -1, 1.5])('is refused with a cap of %d', async (maxReplays) => {
      const { id } = await queue.add({ taskId: 't1', error });
      await expect(queue.requeue(id, enqueue, undefined, { maxReplays })).rejects.toThrow(
        `dead-letter-queue: maxReplays must be an integer >= 0, got ${maxReplays}`,
      );
      expect(await jobs()).toEqual([]);
    });

    it('is capped, the cap can be raised, and every step of the way is kept', async () => {
      queue = freshQueue({ maxReplays: 1 });
      await queue.add({ taskId: 't1', error });
      await queue.requeue('d1', enqueue);
      await queue.add({ taskId: 't1', error });
      await expect(queue.requeue('d2', enqueue)).rejects.toMatchObject({
        code: 'DEAD_LETTER_REPLAYS_EXHAUSTED',
        id: 'd2',
        replays: 1,
        message:
          'The task of dead letter "d2" was requeued 1 times and died again; find out why, or requeue with a higher maxReplays',
      });
      expect(await queue.get('d2')).toMatchObject({ status: 'open' });
      await queue.requeue('d2', enqueue, undefined, { maxReplays: 2 });
      expect(await jobs()).toEqual(['d1', 'd2']);
      expect((await queue.get('d2')).previousId).toBe('d1');
    });
  });

  describe("within the caller's transaction", () => {
    it('a rollback leaves the job and no dead letter; a commit the dead letter and no job', async () => {
      await db.insertInto('jobs').values({ task_id: 't1', dead_letter_id: '' }).execute();
      const bury = async (transaction: Transaction<JobTables>) => {
        await transaction.deleteFrom('jobs').where('task_id', '=', 't1').execute();
        await queue.add({ taskId: 't1', error }, transaction);
      };
      const crashing = db.transaction().execute(async (transaction) => {
        await bury(transaction);
        throw killed;
      });
      await expect(crashing).rejects.toBe(killed);
      expect([(await jobs()).length, (await queue.counts()).open]).toEqual([1, 0]);
      await db.transaction().execute(bury);
      expect([(await jobs()).length, (await queue.counts()).open]).toEqual([0, 1]);
    });

    it('everything else rolls back with it, too', async () => {
      for (const taskId of ['t1', 't2', 't3', 't4']) await queue.add({ taskId, error });
      const crashing = db.transaction().execute(async (transaction) => {
        await queue.requeue('d1', enqueue, transaction);
        await queue.resolve('d2', { resolution: 'by hand' }, transaction);
        await queue.discard('d3', {}, transaction);
        await queue.investigate('d4', 'seen', {}, transaction);
        expect((await queue.get('d1', transaction)).status).toBe('requeued');
        throw killed;
      });
      await expect(crashing).rejects.toBe(killed);
      expect(await queue.counts()).toEqual({ open: 4, requeued: 0, resolved: 0, discarded: 0 });
      expect((await queue.get('d4')).note).toBeUndefined();
      expect(await jobs()).toEqual([]);
    });
  });

  describe('a purge', () => {
    it('removes exactly what was closed longer ago than the age', async () => {
      for (const taskId of ['t1', 't2', 't3', 't4']) await queue.add({ taskId, error });
      await queue.resolve('d1', { resolution: 'by hand' });
      await clock.advance(1);
      await queue.requeue('d2', enqueue);
      await queue.discard('d3');
      await clock.advance(86_400_000);
      expect(await queue.purge({ olderThan: '1d' })).toBe(1);
      expect((await queue.list()).items.map(({ id }) => id)).toEqual(['d4', 'd3', 'd2']);
      await clock.advance(1);
      expect(await queue.purge({ olderThan: '1d', statuses: [] })).toBe(0);
      expect(await queue.purge({ olderThan: '1d', statuses: ['discarded'] })).toBe(1);
      expect(await queue.purge({ olderThan: '1d' })).toBe(1);
      expect(await queue.purge({ olderThan: '1d', statuses: ['open'] })).toBe(1);
      expect((await queue.list()).items).toEqual([]);
    });

    it('removes all, however small its batches', async () => {
      for (let n = 0; n < 5; n += 1) {
        const { id } = await queue.add({ taskId: `t${n}`, error });
        await queue.discard(id);
      }
      await clock.advance(10);
      expect(await queue.purge({ olderThan: 5, batchSize: 2 })).toBe(5);
    });

    it('takes an age that is no whole number of ms', async () => {
      const { id } = await queue.add({ taskId: 't1', error });
      await queue.discard(id);
      clock.jumpWall(2);
      expect(await queue.purge({ olderThan: 2.5 })).toBe(0);
      expect(await queue.purge({ olderThan: 1.5 })).toBe(1);
      expect(await queue.purge({ olderThan: 1e300 })).toBe(0);
    });

    it('forgets replays with the entries that count them, unless the caller tells', async () => {
      const limited = freshQueue({ maxReplays: 2 });
      for (let death = 1; death <= 2; death += 1)
        await limited.requeue((await limited.add({ taskId: 't1', error })).id, enqueue);
      await clock.advance(10);
      expect(await limited.purge({ olderThan: 5 })).toBe(2);
      const forgotten = await limited.add({ taskId: 't1', error });
      expect(forgotten).toMatchObject({ replays: 0, death: 1 });
      await limited.discard(forgotten.id);
      const { id, replays } = await limited.add({ taskId: 't1', error, replays: 2 });
      expect(replays).toBe(2);
      await expect(limited.requeue(id, enqueue)).rejects.toMatchObject({
        code: 'DEAD_LETTER_REPLAYS_EXHAUSTED',
      });
    });

    it.each([-1, 1.5, Number.NaN])('refuses replays that are no count: %d', async (replays) => {
      await expect(queue.add({ taskId: 't1', error, replays })).rejects.toThrow(
        `dead-letter-queue: replays must be an integer >= 0, got ${replays}`,
      );
    });

    it('refuses a status that is none, also beside one that is', async () => {
      const statuses = ['resolved', 'opne'] as unknown as readonly ['open'];
      await expect(queue.purge({ olderThan: '1d', statuses })).rejects.toThrow(
        "dead-letter-queue: statuses must be 'open' or",
      );
    });

    it('refuses an age that is none', async () => {
      await expect(queue.purge({ olderThan: -1 })).rejects.toThrow(
        'dead-letter-queue: olderThan must be a duration >= 0',
      );
    });
  });

  it('knows the death of the oldest that is open', async () => {
    expect(await queue.oldestOpenAt()).toBeUndefined();
    const { id } = await queue.add({ taskId: 't1', error, failedAt: 1_000 });
    await queue.add({ taskId: 't2', error, failedAt: 2_000 });
    expect(await queue.oldestOpenAt()).toBe(1_000);
    await queue.discard(id);
    expect(await queue.oldestOpenAt()).toBe(2_000);
  });

  it("is not disturbed by the plugins of the caller's database", async () => {
    const camel = new DeadLetterQueue(db.withPlugin(new CamelCasePlugin()), { table }, { clock });
    const { id } = await camel.add({ taskId: 't1', error, workflowState: { a_b: 1 } });
    expect(await camel.get(id)).toMatchObject({ taskId: 't1', workflowState: { a_b: 1 } });
  });

  it('lives in a table of the name given, with indexes and migrations of its own', async () => {
    const other = new DeadLetterQueue(db, { table: 'other_letters' });
    await other.migrate();
    await other.add({ taskId: 't1', error });
    expect((await queue.counts()).open).toBe(0);
    expect((await other.counts()).open).toBe(1);
  });

  it('migrates as often as it is told to, and keeps what is there', async () => {
    await queue.add({ taskId: 't1', error });
    await queue.migrate();
    expect((await queue.counts()).open).toBe(1);
  });
});

it('refuses a table name that would have to be quoted', () => {
  expect(() => new DeadLetterQueue({} as Kysely<object>, { table: 'Dead"' })).toThrow(
    'dead-letter-queue: table must be lower-case letters, digits and _, got "Dead\\""',
  );
});
