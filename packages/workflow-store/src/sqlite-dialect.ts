import {
  CompiledQuery,
  type DatabaseConnection,
  type DialectAdapter,
  type Driver,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
} from 'kysely';
import type { Database } from 'better-sqlite3';
import { diskFailure } from './connection.ts';
import { ExclusiveUse } from './exclusive-use.ts';

/** Kysely's dialect with what better-sqlite3 knows of transactions. */
export class OwnedSqliteDialect extends SqliteDialect {
  readonly #database: Database;

  readonly #path: string;

  readonly #exclusive: ExclusiveUse;

  constructor(database: Database, path: string, exclusive: ExclusiveUse = new ExclusiveUse()) {
    super({ database });
    this.#database = database;
    this.#path = path;
    this.#exclusive = exclusive;
  }

  override createAdapter(): DialectAdapter {
    return new OwnedSqliteAdapter();
  }

  override createDriver(): Driver {
    return new OwnedSqliteDriver(this.#database, this.#path, this.#exclusive);
  }
}

/** SQLite's DDL is transactional: a migration happens whole or not at all. */
class OwnedSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class OwnedSqliteDriver extends SqliteDriver {
  readonly #database: Database;
  readonly #path: string;
  readonly #exclusive: ExclusiveUse;

  constructor(database: Database, path: string, exclusive: ExclusiveUse) {
    super({ database });
    this.#database = database;
    this.#path = path;
    this.#exclusive = exclusive;
  }

  /** Whoever writes through the store's Kysely hears of a failing disk in the store's words, too. */
  override async acquireConnection(): Promise<DatabaseConnection> {
    await this.#exclusive.hold();
    const connection = await super.acquireConnection();
    return {
      executeQuery: async (query) => {
        try {
          return await connection.executeQuery(query);
        } catch (error) {
          throw diskFailure(this.#path, error);
        }
      },
      streamQuery: (query, chunkSize) => connection.streamQuery(query, chunkSize),
    };
  }

  override async releaseConnection(): Promise<void> {
    await super.releaseConnection();
    this.#exclusive.letGo();
  }

  /** At once for writing: a transaction that has read cannot write any more once another thread has. */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  /** Some errors, a full disk for one, make SQLite roll back by itself. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.inTransaction) await super.rollbackTransaction(connection);
  }
}
