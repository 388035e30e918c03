import { type Clock, systemClock } from '@chimera/policy';
import type { Database } from 'better-sqlite3';
import { Kysely } from 'kysely';
import { AlikeTexts } from './alike-texts.ts';
import type { BatchFile } from './batch-connection.ts';
import type { BatchWriter } from './batch-writer.ts';
import { Backups } from './backups.ts';
import { beginLimits } from './begin-limits.ts';
import { canonicalPath } from './canonical-path.ts';
import { byPriority, type ClaimKeysOf } from './claim-keys.ts';
import { checkOptions } from './check-options.ts';
import { mostPages } from './checkpoints.ts';
import {
  busyTimeoutMs,
  checkPath,
  type Durability,
  openConnections,
  unusable,
  writerPragmas,
} from './connection.ts';
import { Definitions } from './definitions.ts';
import type { StoreCommit } from './call.ts';
import { GroupCommit } from './group-commit.ts';
import { migrate } from './migrate.ts';
import { NextDue } from './next-due.ts';
import { acquireOwnerLock } from './owner-lock.ts';
import { Queries } from './queries.ts';
import { KeyLimits } from './key-limits.ts';
import { ExclusiveUse } from './exclusive-use.ts';
import { type LimitRule, LimitRules } from './limit-rules.ts';
import { lastEventState } from './retain.ts';
import { scheduleStatements } from './schedules.ts';
import { StatusTally } from './status-tally.ts';
import { PendingRows } from './pending-rows.ts';
import { QueueFront } from './queue-front.ts';
import { RecentWorkflows } from './recent-workflows.ts';
import { RisingIds } from './rising-ids.ts';
import { RisingNumbers } from './rising-numbers.ts';
import { KeptBack } from './kept-back.ts';
import { pendingStatements } from './pending-statements.ts';
import { preparerOf } from './preparer.ts';
import { Recorder } from './recorder.ts';
import { OwnedSqliteDialect } from './sqlite-dialect.ts';
import { SqliteWorkflowStore } from './sqlite-workflow-store.ts';
import { writeStatements } from './write-statements.ts';
import type { OnDead } from './store-context.ts';
import type { StoreError } from './store-error.ts';
import type { StoreWatch } from './store-watch.ts';
import type { ChimeraDatabase } from './tables.ts';
import { uuidV7 } from './uuid-v7.ts';
import type { WorkflowStore } from './workflow-store.ts';
import { transactionMemory } from './transaction-memory.ts';
import { WriterThread } from './writer-thread.ts';
import { writingPending } from './write-pending.ts';

export interface WorkflowStoreOptions {
  /** The database file; made when it does not exist, in a directory that does. */
  readonly path: string;
  /**
   * What an acknowledged write survives: `power-loss` (default) syncs every commit to the disk,
   * `crash` lets a power cut take the last commits, never a killed process.
   */
  readonly durability?: Durability;
  /** Called in the transaction in which a workflow dies: what it writes is committed with the death. */
  readonly onDead?: OnDead;
  /**
   * Called when a workflow is passed over whose row is damaged: by a claim, which tries it again
   * every minute, by a list, by a recovery, by what looks for the ended. Default: a warning of the
   * process.
   */
  readonly onCorruptRow?: (error: StoreError) => void;
  /** Hears of every transaction of writes when it is over: how long it took, and how many shared it. Must not throw. */
  readonly onCommit?: (commit: StoreCommit) => void;
  /** Hears what was submitted, claimed, applied and recovered. Default: nobody does. */
  readonly watch?: StoreWatch;
  /**
   * How much may run at a time, and start in a time, of what shares a label or an agent. Others may
   * be given at each start. Default: no limits.
   */
  readonly limits?: readonly LimitRule[];
  /** Order in which candidates are read. Default: priority, then age. */
  readonly claimKeys?: ClaimKeysOf;
  /**
   * Writes large groups in a thread of their own, and all of them on a slow disk, so that the event
   * loop goes on meanwhile. Worth its memory (about 13 MB, and as much again once the log is put
   * into the database by a thread as well) where much is written. Default: false.
   */
  readonly writerThread?: boolean;
}

export interface WorkflowStoreDeps {
  readonly clock?: Clock;
  /**
   * Each id above all before it, and above those in the file, or the submit is refused with a
   * RangeError. Default: UUID version 7.
   */
  readonly newId?: () => string;
  /** Who takes the place of the writer's thread, such as one whose commits a simulation orders. */
  readonly batchWriter?: (file: BatchFile) => BatchWriter;
}

/**
 * Opens the store on a SQLite file, as its only owner, and brings its schema up to date.
 *
 * @throws StoreError STORE_IN_USE, STORE_NOT_A_DATABASE, STORE_SCHEMA_TOO_NEW, STORE_CORRUPT,
 * STORE_FULL or STORE_UNUSABLE, each with one line that says what to do
 * @throws RangeError for wrong options, before anything is opened
 */
export async function openWorkflowStore(
  options: WorkflowStoreOptions,
  { batchWriter, clock = systemClock, newId }: WorkflowStoreDeps = {},
): Promise<WorkflowStore> {
  checkOptions(options);
  const {
    claimKeys = byPriority,
    durability = 'power-loss',
    limits = [],
    onCommit,
    onCorruptRow = (error) => process.emitWarning(error),
    onDead,
    path: given,
    watch = {},
    writerThread = false,
  } = options;
  const rules = new LimitRules(limits);
  const undo: (() => void)[] = [];
  try {
    checkPath(given);
    const path = canonicalPath(given);
    const lock = acquireOwnerLock(path);
    undo.push(() => lock.abandon());
    const { reader, writer } = openConnections(path, durability);
    undo.push(
      () => reader.close(),
      () => writer.close(),
    );
    const exclusive = new ExclusiveUse();
    const db = kyselyOn(writer, path, exclusive);
    await migrate(db, path);
    const definitions = new Definitions(
      path,
      await db.selectFrom('workflow_definitions').selectAll().execute(),
    );
    const keptBack = new KeptBack(writer);
    const statements = preparerOf(writer, keptBack);
    const sql = writeStatements(statements, db);
    const recent = new RecentWorkflows();
    const front = new QueueFront();
    const tally = await countedTally(db);
    const eventNumbers = new RisingNumbers(await lastEvent(db));
    const last = await lastWorkflow(db);
    const workflowKeys = new RisingNumbers(last.key);
    const newIds = new RisingIds(newId ?? uuidV7(() => clock.now(), last.id), last.id);
    const keyLimits = new KeyLimits(rules, sql.limits);
    await beginLimits(keyLimits, sql.limits, db, definitions);
    const recorder = new Recorder();
    const pending = new PendingRows(
      {
        here: writingPending(sql, claimKeys, definitions),
        elsewhere: writingPending(pendingStatements(recorder, db), claimKeys, definitions),
        taken: () => recorder.take(),
      },
      keptBack,
    );
    const nextDue = new NextDue();
    const memory = transactionMemory({ limits: keyLimits, nextDue, pending, front, recent, tally });
    const thread = writerThread
      ? (file: BatchFile) => new WriterThread(file, { isOnDisk: eventOnDisk(writer), clock })
      : undefined;
    const elsewhere = (batchWriter ?? thread)?.({
      path,
      texts: recorder.texts,
      pragmas: [...writerPragmas(durability), `wal_autocheckpoint = ${mostPages}`],
      timeout: busyTimeoutMs,
    });
    const writes = new GroupCommit(writer, db, {
      memory,
      clock,
      lastEvent: () => eventNumbers.last,
      onCommit,
      exclusive,
      elsewhere: elsewhere && { writer: elsewhere, keptBack },
    });
    return new SqliteWorkflowStore({
      context: {
        path,
        clock,
        newIds,
        sql,
        definitions,
        pending,
        recent,
        front,
        nextDue,
        tally,
        eventNumbers,
        eventTexts: new AlikeTexts(),
        workflowKeys,
        claimKeys,
        limits: keyLimits,
        stopping: { mayBeLeft: true },
        onDead,
        onCorruptRow,
      },
      db,
      writer,
      writes,
      backups: new Backups({ path, db, writer, exclusive }),
      watch,
      schedules: scheduleStatements(statements, db),
      queries: new Queries({
        path,
        reader,
        db: kyselyOn(reader, path),
        definitions,
        tally,
        limits: keyLimits,
        onCorruptRow,
      }),
      dispose: async () => {
        await writes.close();
        reader.close();
        // Takes its turn behind the transactions of others who write through `db`.
        await db.connection().execute(() => Promise.resolve());
        await db.destroy();
        lock.release();
      },
    });
  } catch (error) {
    for (const step of undo.toReversed()) step();
    throw unusable(given, error);
  }
}

function eventOnDisk(writer: Database): (event: number) => boolean {
  const found = writer.prepare<[number]>('select 1 from workflow_events where seq = ?');
  return (event) => found.get(event) !== undefined;
}

async function countedTally(db: Kysely<ChimeraDatabase>): Promise<StatusTally> {
  const counted = await db
    .selectFrom('workflows')
    .select(({ fn }) => ['status', fn.countAll<number>().as('count')])
    .groupBy('status')
    .execute();
  return new StatusTally(Object.fromEntries(counted.map(({ count, status }) => [status, count])));
}

async function lastEvent(db: Kysely<ChimeraDatabase>): Promise<number> {
  const { stored } = await db
    .selectFrom('workflow_events')
    .select((eb) => eb.fn.coalesce(eb.fn.max('seq'), eb.val(0)).as('stored'))
    .executeTakeFirstOrThrow();
  const kept = await db
    .selectFrom('kept_states')
    .select('body')
    .where('kind', '=', lastEventState.kind)
    .where('name', '=', lastEventState.name)
    .executeTakeFirst();
  const last = Number(kept?.body);
  // One that is damaged would make numbers that are none.
  return Number.isSafeInteger(last) ? Math.max(stored, last) : stored;
}

async function lastWorkflow(
  db: Kysely<ChimeraDatabase>,
): Promise<{ readonly key: number; readonly id: string }> {
  const last = await db
    .selectFrom('workflows')
    .select(['key', 'id'])
    .orderBy('key', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last ?? { key: 0, id: '' };
}

function kyselyOn(
  database: Database,
  path: string,
  exclusive?: ExclusiveUse,
): Kysely<ChimeraDatabase> {
  return new Kysely<ChimeraDatabase>({
    dialect: new OwnedSqliteDialect(database, path, exclusive),
  });
}
