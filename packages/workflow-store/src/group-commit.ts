import { AsyncLocalStorage } from 'node:async_hooks';
import type { Database } from 'better-sqlite3';
import type { Kysely, Transaction } from 'kysely';
import type { Operation } from './operation.ts';
import type { ChimeraDatabase } from './tables.ts';

const ownTransaction =
  'workflow-store: a write from inside onDead or also would wait for itself; use the transaction that they are given, or write afterwards';

interface Waiting {
  /** Runs the operation; returns what tells its caller, to be called after the commit. */
  readonly run: (trx: Transaction<ChimeraDatabase>) => Promise<() => void> | (() => void);
  readonly reject: (reason: unknown) => void;
}

/**
 * All writes of one turn of the event loop, and all that arrive while a commit is under way, share
 * the next commit. Syncing the log is what a commit costs: shared by 100 callers it is a hundredth.
 *
 * A failing operation takes nothing from the others: when one of them fails, the group is rolled
 * back and run again with each in a savepoint of its own. (Savepoints for all, always, cost a
 * tenth of the throughput; failures are rare.) No caller hears of success before the commit.
 */
export class GroupCommit {
  readonly #db: Kysely<ChimeraDatabase>;
  readonly #sqlite: Database;
  readonly #savepoint: Savepoint;
  readonly #onRollback: () => void;
  readonly #inHook = new AsyncLocalStorage<{ isRunning: boolean }>();
  #waiting: Waiting[] = [];
  #flush: Promise<void> | undefined;

  constructor(sqlite: Database, db: Kysely<ChimeraDatabase>, onRollback: () => void) {
    this.#db = db;
    this.#sqlite = sqlite;
    this.#savepoint = new Savepoint(sqlite);
    this.#onRollback = onRollback;
  }

  /**
   * Resolves when the operation is committed; rejects with nothing of it done. The operation may
   * run twice, the first time to no effect.
   */
  run<Result>(operation: Operation<Result>): Promise<Result> {
    if (this.#inHook.getStore()?.isRunning === true)
      return Promise.reject(new Error(ownTransaction));
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        reject,
        run: (trx) => {
          const { hook, result } = operation();
          const tell = (): void => resolve(result);
          return hook === undefined ? tell : this.#runHook(hook, trx).then(() => tell);
        },
      });
      this.#flush ??= this.#flushAll();
    });
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

  /** Resolves when nothing is waiting and nothing under way. */
  async drained(): Promise<void> {
    while (this.#flush !== undefined) await this.#flush;
  }

  async #flushAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await endOfTurn();
      const group = this.#waiting;
      this.#waiting = [];
      const tellings = await this.#commit(group);
      for (const tell of tellings) tell();
    }
    this.#flush = undefined;
  }

  async #commit(group: readonly Waiting[]): Promise<readonly (() => void)[]> {
    try {
      return await this.#transaction((trx) => runAll(group, trx));
    } catch {
      return this.#commitSingly(group);
    }
  }

  async #commitSingly(group: readonly Waiting[]): Promise<readonly (() => void)[]> {
    try {
      return await this.#transaction((trx) => this.#runSingly(group, trx));
    } catch (error) {
      return group.map(
        ({ reject }) =>
          () =>
            reject(error),
      );
    }
  }

  async #runSingly(
    group: readonly Waiting[],
    trx: Transaction<ChimeraDatabase>,
  ): Promise<readonly (() => void)[]> {
    const tellings: (() => void)[] = [];
    for (const { reject, run } of group) {
      this.#savepoint.begin();
      try {
        const tell = await run(trx);
        this.#savepoint.release();
        tellings.push(tell);
      } catch (error) {
        // A full disk, for one, ends the whole transaction: nobody's operation has happened.
        if (!this.#sqlite.inTransaction) throw error;
        this.#savepoint.rollback();
        this.#onRollback();
        tellings.push(() => reject(error));
      }
    }
    return tellings;
  }

  async #transaction(
    work: (trx: Transaction<ChimeraDatabase>) => Promise<readonly (() => void)[]>,
  ): Promise<readonly (() => void)[]> {
    try {
      return await this.#db.transaction().execute(work);
    } catch (error) {
      this.#onRollback();
      throw error;
    }
  }
}

async function runAll(
  group: readonly Waiting[],
  trx: Transaction<ChimeraDatabase>,
): Promise<readonly (() => void)[]> {
  const tellings: (() => void)[] = [];
  for (const { run } of group) {
    const tell = run(trx);
    tellings.push(tell instanceof Promise ? await tell : tell);
  }
  return tellings;
}

class Savepoint {
  readonly begin: () => void;
  readonly release: () => void;
  readonly rollback: () => void;

  constructor(sqlite: Database) {
    const begin = sqlite.prepare('savepoint operation');
    const release = sqlite.prepare('release operation');
    const rollback = sqlite.prepare('rollback to operation');
    this.begin = () => void begin.run();
    this.release = () => void release.run();
    this.rollback = () => {
      rollback.run();
      release.run();
    };
  }
}

/** After all callbacks and promises that are ready now: who is going to write in this turn has said so. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
