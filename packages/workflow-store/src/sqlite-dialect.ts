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

/** Kysely's dialect with what better-sqlite3 knows of transactions. */
export class OwnedSqliteDialect extends SqliteDialect {
  readonly #database: Database;

  readonly #path: string;

  constructor(database: Database, path: string) {
    super({ database });
    this.#database = database;
    this.#path = path;
  }

  override createAdapter(): DialectAdapter {
    return new OwnedSqliteAdapter();
  }

  override createDriver(): Driver {
    return new OwnedSqliteDriver(this.#database, this.#path);
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

  constructor(database: Database, path: string) {
    super({ database });
    this.#database = database;
    this.#path = path;
  }

  /** Whoever writes through the store's Kysely hears of a failing disk in the store's words, too. */
  override async acquireConnection(): Promise<DatabaseConnection> {
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

  /** At once for writing: a transaction that has read cannot write any more once another thread has. */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  /** Some errors, a full disk for one, make SQLite roll back by itself. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#database.inTransaction) await super.rollbackTransaction(connection);
  }
}
