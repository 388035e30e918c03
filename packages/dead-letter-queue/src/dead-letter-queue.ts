import { type Clock, integerOption, refuseOption, systemClock } from '@chimera/policy';
import type { Kysely, Transaction } from 'kysely';
import { afterPrevious } from './after-previous.ts';
import { checkDatabase, checkList, checkOptionalTexts, checkTexts } from './checked-input.ts';
import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterGroup,
  NewDeadLetter,
  RequeueChange,
} from './dead-letter.ts';
import { type DeadLetterRow, type DeadLetterTables, fromRow } from './dead-letter-row.ts';
import { clearer, type Given } from './driver-error.ts';
import {
  DeadLetterNotFoundError,
  DeadLetterNotOpenError,
  ReplaysExhaustedError,
} from './errors.ts';
import { jsonColumn } from './json-column.ts';
import { migrateTo } from './migrations.ts';
import { newRow } from './new-row.ts';
import type {
  DeadLetterCounts,
  DeadLetterPage,
  DeadLetterQueueDeps,
  DeadLetterQueueOptions,
  Enqueue,
  ListOptions,
  PurgeOptions,
  RequeueOptions,
} from './options.ts';
import { purgeFrom } from './purge.ts';
import {
  countsOf,
  type DeadLetterSource,
  groupsOf,
  oldestOpenOf,
  pageOf,
  returnedFrom,
} from './reading.ts';
import { tablesOf } from './tables-of.ts';

const owner = 'dead-letter-queue';

/**
 * Keeps work that could not be done, in a table of your own database (SQLite or PostgreSQL through
 * Kysely). A second death of a task is a new entry, linked to the one before.
 *
 * Each change is one transaction, or part of yours when you pass it as `within`.
 */
export class DeadLetterQueue<DB> {
  readonly #db: Kysely<DB>;
  readonly #clock: Clock;
  readonly #newId: () => string;
  readonly #maxReplays: number;
  // The type's table name; at run time it may be another one.
  readonly #table: 'dead_letters';

  constructor(
    db: Kysely<DB>,
    { table = 'dead_letters', maxReplays = 10 }: DeadLetterQueueOptions = {},
    { clock = systemClock, newId = () => crypto.randomUUID() }: DeadLetterQueueDeps = {},
  ) {
    if (!/^[a-z_][a-z0-9_]*$/.test(table))
      refuseOption(owner, 'table', 'lower-case letters, digits and _', table);
    checkDatabase('db', db);
    this.#db = db;
    this.#table = table as 'dead_letters';
    this.#maxReplays = integerOption(owner, 'maxReplays', maxReplays, 0);
    this.#clock = clock;
    this.#newId = newId;
  }

  /**
   * Creates or updates the table. Forward only; run it before anything else, as often as you like.
   *
   * @throws DeadLetterSchemaTooNewError when a later version has written it
   */
  async migrate(): Promise<void> {
    await migrateTo(tablesOf(this.#db), this.#table);
  }

  /** Stores a death. One INSERT, so it needs no transaction; pass yours to make both happen or neither. */
  async add(entry: NewDeadLetter, within: Kysely<DB> = this.#db): Promise<DeadLetter> {
    const { taskId, phase, agent, fingerprint, replays } = entry;
    const row = newRow(entry, this.#newId(), this.#now());
    checkDatabase('within', within);
    const db = tablesOf(within);
    const adding = db
      .insertInto(this.#table)
      .values({
        ...row,
        ...afterPrevious({ db, table: this.#table }, taskId),
        ...(replays === undefined ? {} : { replays }),
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return fromRow(await this.#clearly(adding, { taskId, phase, agent, fingerprint }));
  }

  /** @throws {DeadLetterNotFoundError} {@link DeadLetterUnreadableError} */
  async get(id: string, within: Kysely<DB> = this.#db): Promise<DeadLetter> {
    checkTexts({ id });
    checkDatabase('within', within);
    return fromRow(await this.#clearly(this.#row(id, tablesOf(within)), { id }));
  }

  /** Newest first. A row that cannot be read is reported beside the items, and does not break the list. */
  async list(options: ListOptions = {}): Promise<DeadLetterPage> {
    return this.#clearly(pageOf(this.#tables(), options), { ...options });
  }

  /** Deaths by cause, the most frequent first. */
  async groups(filter: DeadLetterFilter = {}): Promise<readonly DeadLetterGroup[]> {
    return this.#clearly(groupsOf(this.#tables(), filter), { ...filter });
  }

  async counts(): Promise<DeadLetterCounts> {
    return this.#clearly(countsOf(this.#tables()));
  }

  /** When the open entry died that has waited longest; undefined when none is open. */
  async oldestOpenAt(): Promise<number | undefined> {
    return this.#clearly(oldestOpenOf(this.#tables()));
  }

  /** The new dead letters of those tasks among the given entries' that died again since. */
  async returned(ids: readonly string[]): Promise<readonly string[]> {
    checkList('ids', ids);
    return this.#clearly(returnedFrom(this.#tables(), ids));
  }

  /** Notes what was found out; in any status, and again when more is known. */
  async investigate(
    id: string,
    note: string,
    { by }: { readonly by?: string } = {},
    within: Kysely<DB> = this.#db,
  ): Promise<DeadLetter> {
    checkTexts({ note });
    return this.#transaction(within, { id, note, by }, async (transaction) => {
      const row = await tablesOf(transaction)
        .updateTable(this.#table)
        .set({ investigated_at: this.#now(), investigated_by: by ?? null, note })
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) throw new DeadLetterNotFoundError(id);
      return fromRow(row);
    });
  }

  /** Closes it: the matter is settled without running the task again. */
  async resolve(
    id: string,
    { resolution, by }: { readonly resolution: string; readonly by?: string },
    within: Kysely<DB> = this.#db,
  ): Promise<DeadLetter> {
    checkTexts({ resolution });
    return this.#transaction(within, { id, resolution, by }, async (transaction) =>
      fromRow(
        await this.#close(id, transaction, {
          status: 'resolved',
          resolution,
          resolved_at: this.#now(),
          resolved_by: by ?? null,
        }),
      ),
    );
  }

  /** Closes it: nobody needs the task any more. Works on rows that cannot be read, too. */
  async discard(
    id: string,
    { reason, by }: { readonly reason?: string; readonly by?: string } = {},
    within: Kysely<DB> = this.#db,
  ): Promise<void> {
    checkOptionalTexts({ reason });
    await this.#transaction(within, { id, reason, by }, (transaction) =>
      this.#close(id, transaction, {
        status: 'discarded',
        resolution: reason ?? null,
        resolved_at: this.#now(),
        resolved_by: by ?? null,
      }),
    );
  }

  /**
   * Marks it requeued and runs `enqueue` in the same transaction: both happen, or neither. Of
   * several requeues of one entry at the same time one enqueues, the others get
   * {@link DeadLetterNotOpenError}.
   *
   * @throws {ReplaysExhaustedError} when its task came back `maxReplays` times already.
   */
  async requeue(
    id: string,
    enqueue: Enqueue<DB>,
    within: Kysely<DB> = this.#db,
    { by, maxReplays = this.#maxReplays, phase, input }: RequeueOptions = {},
  ): Promise<DeadLetter> {
    if (typeof enqueue !== 'function') refuseOption(owner, 'enqueue', 'a function', enqueue);
    checkOptionalTexts({ phase });
    integerOption(owner, 'maxReplays', maxReplays, 0);
    const change: RequeueChange = {
      ...(phase === undefined ? {} : { phase }),
      ...(input === undefined ? {} : { input }),
    };
    const isChanged = Object.keys(change).length > 0;
    return this.#transaction(within, { id, by }, async (transaction) => {
      const entry = fromRow(
        await this.#close(
          id,
          transaction,
          {
            status: 'requeued',
            requeued_at: this.#now(),
            requeued_by: by ?? null,
            requeued_with: isChanged ? jsonColumn('input', change) : null,
          },
          maxReplays,
        ),
      );
      await enqueue(entry, transaction, change);
      return entry;
    });
  }

  /**
   * Removes old entries for good, oldest first, in small transactions. Returns how many. With a
   * task's newest entry goes the count of its replays: `add` begins at 0 again, unless it is told.
   */
  async purge(options: PurgeOptions): Promise<number> {
    return this.#clearly(purgeFrom(this.#tables(), options, this.#now()));
  }

  /** The update itself decides who comes first; it also takes the row's lock before anything is read. */
  async #close(
    id: string,
    transaction: Transaction<DB>,
    change: Partial<DeadLetterRow>,
    maxReplays = Infinity,
  ): Promise<DeadLetterRow> {
    const db = tablesOf(transaction);
    const closed = await db
      .updateTable(this.#table)
      .set(change)
      .where('id', '=', id)
      .where('status', '=', 'open')
      .$if(maxReplays < Infinity, (update) => update.where('replays', '<', maxReplays))
      .returningAll()
      .executeTakeFirst();
    if (closed !== undefined) return closed;
    const { replays, status } = await this.#row(id, db);
    if (status === 'open') throw new ReplaysExhaustedError(id, replays);
    throw new DeadLetterNotOpenError(id, status);
  }

  async #row(id: string, db: Kysely<DeadLetterTables>): Promise<DeadLetterRow> {
    const row = await db
      .selectFrom(this.#table)
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    if (row === undefined) throw new DeadLetterNotFoundError(id);
    return row;
  }

  #tables(): DeadLetterSource {
    return { db: tablesOf(this.#db), table: this.#table };
  }

  /** Whole ms: the columns are bigint. */
  #now(): number {
    return Math.round(this.#clock.now());
  }

  #transaction<T>(
    within: Kysely<DB>,
    { id, by, ...texts }: Given,
    run: (transaction: Transaction<DB>) => Promise<T>,
  ): Promise<T> {
    checkTexts({ id });
    checkOptionalTexts({ by });
    checkDatabase('within', within);
    return this.#clearly(
      within.isTransaction ? run(within as Transaction<DB>) : within.transaction().execute(run),
      { id, by, ...texts },
    );
  }

  async #clearly<T>(work: Promise<T>, given: Given = {}): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw clearer(error, this.#table, given);
    }
  }
}
