import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '@chimera/policy';
import type { Database, Statement } from 'better-sqlite3';
import type { Kysely, Transaction } from 'kysely';
import type { BatchWriter } from './batch-writer.ts';
import { Checkpoints } from './checkpoints.ts';
import { CommitPace } from './commit-pace.ts';
import type { Call, StoreCommit } from './call.ts';
import type { ExclusiveUse } from './exclusive-use.ts';
import { HandedOver } from './handed-over.ts';
import type { KeptBack } from './kept-back.ts';
import type { Operation } from './operation.ts';
import type { ChimeraDatabase } from './tables.ts';
import type { TransactionMemory } from './transaction-memory.ts';

const ownTransaction =
  'workflow-store: a write from inside onDead or also would wait for itself; use the transaction that they are given, or write afterwards';

/** The event loop turns between commits: with a thousand writes waiting, it would stand still for 100 ms. */
const mostPerCommit = 128;

/** Groups that another thread has in hand: one commit that it writes, and the next one, ready. */
const mostInFlight = 6;

/** Of a log that another thread has put into the database but for these: the event loop stands still for 2 ms. */
const fewPages = 256;

export interface GroupCommitDeps {
  readonly memory: TransactionMemory;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** The `seq` of the last event. */
  readonly lastEvent: () => number;
  readonly onCommit?: ((commit: StoreCommit) => void) | undefined;
  /** Whose uses of the connection are left alone. */
  readonly exclusive: ExclusiveUse;
  /** Takes large groups, so that the event loop goes on while they are written. Default: none. */
  readonly elsewhere?: { readonly writer: BatchWriter; readonly keptBack: KeptBack } | undefined;
}

/** Tells a caller how its operation ended; to be called after the commit. */
type Tell = () => void;

/**
 * All writes of one turn of the event loop, and all that arrive while a commit is under way, share
 * the next commit. Syncing the log is what a commit costs: 100 workflows in flight get 25 to 40
 * times as far in a second as one that commits each of its writes alone (bench/three-phases.ts, on
 * a busy disk).
 *
 * A group mostly runs at once, in one piece. When an operation fails, or has a hook to wait for, it
 * is rolled back and run again with care: each operation in a savepoint of its own, so that one
 * takes nothing from the others. No caller hears of success before the commit. Where there is
 * another thread to write them, large groups are only made ready here (docs/adr/0008).
 */
export class GroupCommit {
  readonly #db: Kysely<ChimeraDatabase>;
  readonly #sqlite: Database;
  readonly #sql: TransactionStatements;
  readonly #deps: GroupCommitDeps;
  readonly #elsewhere: HandedOver | undefined;
  readonly #inHook = new AsyncLocalStorage<{ isRunning: boolean }>();
  readonly #waiting: Call[] = [];
  #flush: Promise<void> | undefined;
  /** Calls at the front that need a transaction here. */
  #ownTurn = 0;
  readonly #pace = new CommitPace();
  readonly #checkpoints: Checkpoints | undefined;

  constructor(sqlite: Database, db: Kysely<ChimeraDatabase>, deps: GroupCommitDeps) {
    this.#db = db;
    this.#sqlite = sqlite;
    this.#sql = transactionStatements(sqlite);
    this.#deps = deps;
    const { clock, elsewhere, lastEvent, memory } = deps;
    this.#elsewhere =
      elsewhere &&
      new HandedOver({
        ...elsewhere,
        memory,
        clock,
        lastEvent,
        tell: (commit) => this.#tell(commit),
        onLost: (calls) => {
          this.#waiting.unshift(...calls);
          this.#ownTurn = Math.max(this.#ownTurn, calls.length);
          this.#flush ??= this.#flushAll();
        },
      });
    deps.exclusive.waitsFor(async () => this.#elsewhere?.allLanded());
    this.#checkpoints =
      elsewhere && new Checkpoints(sqlite, fewPages, () => elsewhere.writer.checkpoint());
  }

  /**
   * Resolves when the operation is committed; rejects with nothing of it done. The operation may
   * run several times, all but the last to no effect.
   */
  run<Result>(operation: Operation<Result>): Promise<Result> {
    if (this.#inHook.getStore()?.isRunning === true)
      return Promise.reject(new Error(ownTransaction));
    return new Promise<Result>((resolve, reject) => {
      this.#waiting.push({ operation, resolve: resolve as Call['resolve'], reject });
      this.#flush ??= this.#flushAll();
    });
  }

  /** How long the oldest write that another thread has in hand has waited for its commit, in ms; 0 when none has. */
  get oldestMs(): number {
    return this.#elsewhere?.oldestMs ?? 0;
  }

  /** Ends the other thread, if there is one, once nothing is waiting and nothing under way. */
  async close(): Promise<void> {
    while (this.#flush !== undefined || this.#elsewhere?.inFlight) {
      await this.#flush;
      await this.#elsewhere?.allLanded();
    }
    await this.#elsewhere?.close();
  }

  async #flushAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await endOfTurn();
      if (await this.#handOver()) continue;
      await this.#elsewhere?.allLanded();
      await this.#commitHere(this.#waiting.splice(0, mostPerCommit));
    }
    this.#flush = undefined;
  }

  /** True when the front of what waits has been handed over, or may be soon. */
  async #handOver(): Promise<boolean> {
    const elsewhere = this.#elsewhere;
    if (elsewhere?.isOpen !== true || this.#ownTurn > 0 || this.#deps.exclusive.isHeld)
      return false;
    const { inFlight } = elsewhere;
    const isWorthIt = this.#waiting.length >= elsewhere.fewest || this.#pace.isSlow;
    // A few wait for what is under way: more may have come by then, or they are written here.
    if (inFlight === mostInFlight || (inFlight > 0 && !isWorthIt)) {
      await elsewhere.nextLanding();
      return true;
    }
    // Somebody's own transaction on the same connection: what it has written is not to be read.
    if (!isWorthIt || this.#sqlite.inTransaction) return false;
    const group = this.#waiting.splice(0, elsewhere.most);
    if (elsewhere.take(group)) {
      this.#pace.handedOver();
      return true;
    }
    this.#waiting.unshift(...group);
    this.#ownTurn = group.length;
    return false;
  }

  async #commitHere(group: readonly Call[]): Promise<void> {
    const { clock, lastEvent } = this.#deps;
    this.#ownTurn = Math.max(0, this.#ownTurn - group.length);
    const [beganAt, eventsAfter] = [clock.monotonic(), lastEvent()];
    const tellings = this.#commitAtOnce(group) ?? (await this.#commitWithCare(group));
    const durationMs = clock.monotonic() - beganAt;
    this.#tell({ operations: group.length, durationMs, eventsAfter, lastEvent: lastEvent() });
    for (const tell of tellings) tell();
    this.#checkpoints?.committed();
  }

  /** Whoever listens and fails stops no write. */
  #tell(commit: StoreCommit): void {
    try {
      this.#deps.onCommit?.(commit);
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }

  /** Undefined when the group needs care; nothing of it has happened then. */
  #commitAtOnce(group: readonly Call[]): readonly Tell[] | undefined {
    // Somebody's own transaction on the same connection: its turn first.
    if (this.#sqlite.inTransaction) return undefined;
    try {
      this.#sql.begin.run();
      const tellings: Tell[] = [];
      for (const { operation, resolve } of group) {
        const { hook, result } = operation();
        if (hook !== undefined) return this.#rolledBack();
        tellings.push(() => resolve(result));
      }
      this.#deps.memory.flush();
      const beganAt = this.#deps.clock.monotonic();
      this.#sql.commit.run();
      this.#pace.committedHere(this.#deps.clock.monotonic() - beganAt);
      this.#deps.memory.committed();
      return tellings;
    } catch {
      return this.#rolledBack();
    }
  }

  #rolledBack(): undefined {
    // Some errors, a full disk for one, make SQLite roll back by itself.
    if (this.#sqlite.inTransaction) this.#sql.rollback.run();
    this.#deps.memory.rolledBack();
  }

  async #commitWithCare(group: readonly Call[]): Promise<readonly Tell[]> {
    try {
      const all = await this.#db.transaction().execute(async (trx) => {
        const tellings: Tell[] = [];
        for (const waiting of group) tellings.push(await this.#runInSavepoint(waiting, trx));
        return tellings;
      });
      this.#deps.memory.committed();
      return all;
    } catch (error) {
      this.#deps.memory.rolledBack();
      return group.map(({ reject }): Tell => {
        return () => reject(error);
      });
    }
  }

  async #runInSavepoint(
    { operation, reject, resolve }: Call,
    trx: Transaction<ChimeraDatabase>,
  ): Promise<Tell> {
    this.#sql.savepoint.run();
    const undo = this.#deps.memory.mark();
    try {
      const { hook, result } = operation();
      this.#deps.memory.flush();
      if (hook !== undefined) await this.#runHook(hook, trx);
      this.#sql.release.run();
      return () => resolve(result);
    } catch (error) {
      // The whole transaction is gone, and with it what the others did.
      if (!this.#sqlite.inTransaction) throw error;
      this.#sql.rollbackToSavepoint.run();
      this.#sql.release.run();
      undo();
      return () => reject(error);
    }
  }

  async #runHook(
    hook: (trx: Transaction<ChimeraDatabase>) => Promise<void>,
    trx: Transaction<ChimeraDatabase>,
  ): Promise<void> {
    const scope = { isRunning: true };
    try {
      await this.#inHook.run(scope, hook, trx);
    } finally {
      scope.isRunning = false;
    }
  }
}

interface TransactionStatements {
  readonly begin: Statement<[]>;
  readonly commit: Statement<[]>;
  readonly rollback: Statement<[]>;
  readonly savepoint: Statement<[]>;
  readonly release: Statement<[]>;
  readonly rollbackToSavepoint: Statement<[]>;
}

function transactionStatements(sqlite: Database): TransactionStatements {
  return {
    begin: sqlite.prepare<[]>('begin immediate'),
    commit: sqlite.prepare<[]>('commit'),
    rollback: sqlite.prepare<[]>('rollback'),
    savepoint: sqlite.prepare<[]>('savepoint operation'),
    release: sqlite.prepare<[]>('release operation'),
    rollbackToSavepoint: sqlite.prepare<[]>('rollback to operation'),
  };
}

/** After all callbacks and promises that are ready now: who is going to write in this turn has said so. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
