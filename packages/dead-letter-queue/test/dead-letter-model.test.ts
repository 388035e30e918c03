import { VirtualClock } from '@chimera/policy';
import * as fc from 'fast-check';
import { type Kysely, sql, type Transaction } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type DeadLetter,
  DeadLetterQueue,
  type DeadLetterStatus,
} from '@chimera/dead-letter-queue';
import { type JobTables, openSqlite, type TestDatabase } from './databases.ts';

interface ModelEntry {
  readonly id: string;
  readonly taskId: string;
  readonly replays: number;
  readonly previousId: string | undefined;
  status: DeadLetterStatus;
}

/** The plain model: a list of entries, and the jobs that requeues made. */
interface Model {
  readonly entries: ModelEntry[];
  readonly jobs: string[];
}

interface Real {
  readonly db: Kysely<JobTables>;
  readonly queue: DeadLetterQueue<JobTables>;
}

type Command = fc.AsyncCommand<Model, Real>;
const maxReplays = 2;
const crash = new Error('crash');

function command(
  name: string,
  run: (model: Model, real: Real) => Promise<void>,
  check: (model: Readonly<Model>) => boolean = (model) => model.entries.length > 0,
): Command {
  return {
    check,
    toString: () => name,
    run: async (model, real) => {
      await run(model, real);
      const counts = { open: 0, requeued: 0, resolved: 0, discarded: 0 };
      for (const { status } of model.entries) counts[status] += 1;
      expect(await real.queue.counts()).toEqual(counts);
    },
  };
}

const add = (taskId: string) =>
  command(
    `add(${taskId})`,
    async ({ entries }, { queue }) => {
      const previous = entries.findLast((entry) => entry.taskId === taskId);
      const replays = (previous?.replays ?? 0) + (previous?.status === 'requeued' ? 1 : 0);
      const { id } = await queue.add({ taskId, error: 'boom' });
      entries.push({ id, taskId, replays, previousId: previous?.id, status: 'open' });
    },
    () => true,
  );

function chosen({ entries }: Model, pick: number): ModelEntry {
  const entry = entries[pick % entries.length];
  if (entry === undefined) throw new Error('the check holds this off');
  return entry;
}

function refusalOf(entry: ModelEntry, forReplay: boolean): string | undefined {
  if (entry.status !== 'open') return 'DEAD_LETTER_NOT_OPEN';
  return forReplay && entry.replays >= maxReplays ? 'DEAD_LETTER_REPLAYS_EXHAUSTED' : undefined;
}

const close = (pick: number, status: 'resolved' | 'discarded') =>
  command(`${status}(${pick})`, async (model, { queue }) => {
    const entry = chosen(model, pick);
    const closing: Promise<unknown> =
      status === 'resolved'
        ? queue.resolve(entry.id, { resolution: 'by hand' })
        : queue.discard(entry.id);
    const code = refusalOf(entry, false);
    if (code !== undefined) return expect(closing).rejects.toMatchObject({ code });
    await closing;
    entry.status = status;
  });

const requeue = (pick: number, together: number) =>
  command(`requeue(${pick}) by ${together}`, async (model, { queue }) => {
    const entry = chosen(model, pick);
    const code = refusalOf(entry, true);
    const results = await Promise.allSettled(
      Array.from({ length: together }, () => queue.requeue(entry.id, enqueue)),
    );
    const done = results.filter(({ status }) => status === 'fulfilled');
    expect(done).toHaveLength(code === undefined ? 1 : 0);
    for (const result of results)
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ code: code ?? 'DEAD_LETTER_NOT_OPEN' });
    if (code !== undefined) return;
    entry.status = 'requeued';
    model.jobs.push(entry.id);
  });

const crashingRequeue = (pick: number) =>
  command(`crashing requeue(${pick})`, async (model, { queue }) => {
    const entry = chosen(model, pick);
    const requeued = queue.requeue(entry.id, async (letter, transaction) => {
      await enqueue(letter, transaction);
      throw crash;
    });
    const code = refusalOf(entry, true);
    if (code === undefined) await expect(requeued).rejects.toBe(crash);
    else await expect(requeued).rejects.toMatchObject({ code });
  });

async function enqueue(entry: DeadLetter, transaction: Transaction<JobTables>): Promise<void> {
  await transaction
    .insertInto('jobs')
    .values({ task_id: entry.taskId, dead_letter_id: entry.id })
    .execute();
}

const pick = fc.nat(30);
const commands = fc.commands(
  [
    fc.constantFrom('a', 'b', 'c').map(add),
    fc.constantFrom('a', 'b', 'c').map(add),
    fc
      .tuple(pick, fc.constantFrom('resolved' as const, 'discarded' as const))
      .map(([n, status]) => close(n, status)),
    fc.tuple(pick, fc.integer({ min: 1, max: 4 })).map(([n, together]) => requeue(n, together)),
    fc.tuple(pick, fc.integer({ min: 1, max: 4 })).map(([n, together]) => requeue(n, together)),
    pick.map(crashingRequeue),
  ],
  { size: '+1' },
);

let database: TestDatabase;
beforeAll(async () => {
  database = await openSqlite();
});
afterAll(() => database.close());

it('does what a plain list would, and loses or doubles nothing', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (history) => {
      let ids = 0;
      const { db } = database;
      const queue = new DeadLetterQueue(
        db,
        { maxReplays },
        { clock: new VirtualClock(), newId: () => `d${String((ids += 1)).padStart(4, '0')}` },
      );
      await queue.migrate();
      await sql`delete from dead_letters`.execute(db);
      await db.deleteFrom('jobs').execute();
      const model: Model = { entries: [], jobs: [] };
      await fc.asyncModelRun(() => ({ model, real: { db, queue } }), history);

      const { items } = await queue.list({ limit: 1_000 });
      expect(
        items.toReversed().map(({ id, taskId, replays, previousId, status }) => ({
          id,
          taskId,
          replays,
          previousId,
          status,
        })),
      ).toEqual(model.entries);
      const jobs = await db.selectFrom('jobs').select('dead_letter_id').execute();
      expect(jobs.map((job) => job.dead_letter_id)).toEqual(model.jobs);
    }),
    { numRuns: 60 },
  );
});
