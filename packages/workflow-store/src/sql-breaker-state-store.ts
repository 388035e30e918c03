import type { BreakerReport, BreakerStateStore, PeerReport } from '@chimera/circuit-breaker';
import { type Duration, durationOption } from '@chimera/policy';
import { type Kysely, type RawBuilder, sql, SqliteAdapter } from 'kysely';

export interface SqlBreakerStateStoreOptions {
  /** Name of its table. Default 'breaker_reports'. */
  readonly table?: string;
  /** Reports that are older are deleted. Longer than any node's `staleAfter`. Default '1h'. */
  readonly keepFor?: Duration;
}

/** A row for each breaker and node. */
interface ReportTable {
  breaker: string;
  node: string;
  opened_at: number;
  open_for_ms: number;
  /** By the clock of the database. */
  reported_at: number;
}

/** Under its default name, whatever it is called. */
interface ReportTables {
  breaker_reports: ReportTable;
}

/**
 * Shared breakers' reports in a table of any Kysely database, SQLite or PostgreSQL. Ages are by the
 * database's clock. PostgreSQL is asked with one statement for each exchange.
 */
export class SqlBreakerStateStore<Tables> implements BreakerStateStore {
  readonly #db: Kysely<ReportTables>;
  readonly #table: 'breaker_reports';
  readonly #keepForMs: number;
  readonly #isSqlite: boolean;
  readonly #now: RawBuilder<number>;

  constructor(db: Kysely<Tables>, options: SqlBreakerStateStoreOptions = {}) {
    const { keepFor = '1h', table = 'breaker_reports' } = options;
    this.#db = db as unknown as Kysely<ReportTables>;
    this.#table = table as 'breaker_reports';
    this.#keepForMs = durationOption('sql-breaker-state-store', 'keepFor', keepFor, 1);
    this.#isSqlite = db.getExecutor().adapter instanceof SqliteAdapter;
    this.#now = this.#isSqlite
      ? sql<number>`(unixepoch('subsec') * 1000)`
      : sql<number>`(extract(epoch from clock_timestamp()) * 1000)::double precision`;
  }

  /** Makes the table, where it does not exist. */
  async migrate(): Promise<void> {
    await this.#db.schema
      .createTable(this.#table)
      .ifNotExists()
      .addColumn('breaker', 'text', (column) => column.notNull())
      .addColumn('node', 'text', (column) => column.notNull())
      .addColumn('opened_at', 'double precision', (column) => column.notNull())
      .addColumn('open_for_ms', 'double precision', (column) => column.notNull())
      .addColumn('reported_at', 'double precision', (column) => column.notNull())
      .addPrimaryKeyConstraint(`${this.#table}_key`, ['breaker', 'node'])
      .execute();
  }

  async exchange(node: string, reports: readonly BreakerReport[]): Promise<readonly PeerReport[]> {
    const said = new Map(reports.map((report) => [report.breaker, report]));
    if (said.size === 0) return [];
    const breakers = [...said.keys()];
    const words = [...said.values()];
    if (!this.#isSqlite)
      return this.#db
        .with('purged', (db) => this.#purge(db, node))
        .with('said', (db) => this.#say(db, node, words))
        .selectFrom(this.#heard(this.#db, node, breakers).as('heard'))
        .selectAll('heard')
        .execute();
    return this.#db.transaction().execute(async (trx) => {
      await this.#purge(trx, node).execute();
      await this.#say(trx, node, words).execute();
      return this.#heard(trx, node, breakers).execute();
    });
  }

  #say(
    db: Pick<Kysely<ReportTables>, 'insertInto'>,
    node: string,
    reports: readonly BreakerReport[],
  ) {
    const rows = reports.map(({ breaker, openForMs, openedAt }) => ({
      breaker,
      node,
      opened_at: openedAt,
      open_for_ms: openForMs,
      reported_at: this.#now,
    }));
    return db
      .insertInto(this.#table)
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['breaker', 'node']).doUpdateSet((eb) => ({
          opened_at: eb.ref('excluded.opened_at'),
          open_for_ms: eb.ref('excluded.open_for_ms'),
          reported_at: eb.ref('excluded.reported_at'),
        })),
      );
  }

  /** Of others only: one statement cannot both delete and replace a row. */
  #purge(db: Pick<Kysely<ReportTables>, 'deleteFrom'>, node: string) {
    return db
      .deleteFrom(this.#table)
      .where('node', '<>', node)
      .where('reported_at', '<', sql<number>`${this.#now} - ${sql.lit(this.#keepForMs)}`);
  }

  #heard(db: Pick<Kysely<ReportTables>, 'selectFrom'>, node: string, breakers: readonly string[]) {
    return db
      .selectFrom(this.#table)
      .select([
        'breaker',
        'node',
        'opened_at as openedAt',
        'open_for_ms as openForMs',
        // Clocks can be set back.
        sql<number>`case when reported_at < ${this.#now} then ${this.#now} - reported_at else 0 end`.as(
          'ageMs',
        ),
      ])
      .where('breaker', 'in', breakers)
      .where('node', '<>', node);
  }
}
