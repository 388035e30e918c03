import { type DialectAdapter, SqliteAdapter, SqliteDialect } from 'kysely';

/** SQLite as it is: its DDL is transactional, so a migration happens whole or not at all. */
export class TransactionalSqliteDialect extends SqliteDialect {
  override createAdapter(): DialectAdapter {
    return new TransactionalAdapter();
  }
}

class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}
