import { rename, rm } from 'node:fs/promises';
import { refuseOption } from '@chimera/policy';
import type { Database } from 'better-sqlite3';
import type { Kysely } from 'kysely';
import { canonicalPath } from './canonical-path.ts';
import { copyDatabase } from './copy-database.ts';
import type { ExclusiveUse } from './exclusive-use.ts';
import type { ChimeraDatabase } from './tables.ts';

export interface BackupsDeps {
  /** The database that is copied. */
  readonly path: string;
  readonly db: Kysely<ChimeraDatabase>;
  readonly writer: Database;
  readonly exclusive: ExclusiveUse;
}

/** Copies of the database while it is in use, one at a time. */
export class Backups {
  readonly #deps: BackupsDeps;
  #last: Promise<void> = Promise.resolve();

  constructor(deps: BackupsDeps) {
    this.#deps = deps;
  }

  /** @throws RangeError for the place of the database itself */
  async take(path: string): Promise<void> {
    if (canonicalPath(path) === this.#deps.path)
      refuseOption('workflow-store', 'path', 'another file than the database itself', path);
    const copied = this.#last.then(() => this.#copyTo(path));
    this.#last = copied.catch(() => undefined);
    return copied;
  }

  async #copyTo(path: string): Promise<void> {
    const partial = `${path}.partial`;
    await rm(partial, { force: true });
    const { db, exclusive, writer } = this.#deps;
    // It would begin anew after each commit of another connection.
    await exclusive.during(() => copyDatabase(partial, writer, db));
    await putInPlace(partial, path);
  }
}

/**
 * Logs of a database that had this name, left by who was killed, go first: SQLite would take them
 * for the copy's, and write their pages over its own.
 */
async function putInPlace(copy: string, path: string): Promise<void> {
  for (const ending of ['-journal', '-shm', '-wal']) await rm(`${path}${ending}`, { force: true });
  await rename(copy, path);
}
