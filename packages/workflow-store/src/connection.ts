import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { StoreError, type StoreErrorCode } from './store-error.ts';

export type Durability = 'power-loss' | 'crash';

/** How long a statement waits for a lock of another process (a backup tool, a shell), in ms. */
export const busyTimeoutMs = 5_000;

export interface Connections {
  /** All writes, and the reads that they depend on. */
  readonly writer: Database.Database;
  /** Sees only what is committed, so that it never has to wait for a transaction. */
  readonly reader: Database.Database;
}

/** Opens a checked database in WAL mode. */
export function openConnections(path: string, durability: Durability): Connections {
  const writer = new Database(path, { timeout: busyTimeoutMs });
  try {
    // Of a new file only: another one keeps what it was made with.
    writer.pragma('auto_vacuum = INCREMENTAL');
    writer.pragma('journal_mode = WAL');
    for (const pragma of writerPragmas(durability)) writer.pragma(pragma);
    checkIntegrity(writer, path);
    return { writer, reader: new Database(path, { readonly: true, timeout: busyTimeoutMs }) };
  } catch (error) {
    writer.close();
    throw error;
  }
}

/** Of every connection that writes. */
export function writerPragmas(durability: Durability): readonly string[] {
  return [
    // FULL syncs the log at every commit; NORMAL only at checkpoints, which a power cut outruns.
    `synchronous = ${durability === 'power-loss' ? 'FULL' : 'NORMAL'}`,
    'foreign_keys = ON',
    // What a statement of many rows would have to take back is kept in a file else, written from 64 kB on.
    'temp_store = MEMORY',
  ];
}

/** What SQLite or the file system says about a path, in the store's words. */
export function unusable(path: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = error instanceof Database.SqliteError ? error.code : undefined;
  if (code === 'SQLITE_NOTADB')
    return new StoreError(
      'STORE_NOT_A_DATABASE',
      path,
      `${path} is not a SQLite database; name another file, or move this one away`,
      { cause: error },
    );
  if (code === 'SQLITE_CORRUPT') return corrupt(path, error);
  if (code === 'SQLITE_FULL')
    return new StoreError(
      'STORE_FULL',
      path,
      `${path} has no space to grow; free some, then try again`,
      { cause: error },
    );
  const reason = error instanceof Error ? error.message : String(error);
  const remedy =
    code === 'SQLITE_ERROR'
      ? 'it may hold the tables of another program: name another file'
      : 'check that its directory exists and that this user may write there';
  return new StoreError(
    'STORE_UNUSABLE',
    path,
    `${path} cannot be used as a database (${reason}); ${remedy}`,
    { cause: error },
  );
}

/** What the disk refuses to a store in use; every other error as it is. */
export function diskFailure(path: string, error: unknown): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const { code } = error;
  const failure = (kind: StoreErrorCode, state: string, remedy: string) =>
    new StoreError(kind, path, `${path} ${state}, and nothing was changed; ${remedy}`, {
      cause: error,
    });
  if (code === 'SQLITE_FULL')
    return failure('STORE_FULL', 'has no space to grow', 'free some, then try again');
  if (code.startsWith('SQLITE_READONLY'))
    return failure('STORE_READ_ONLY', 'cannot be written', 'make it writable, then try again');
  if (code.startsWith('SQLITE_IOERR'))
    return failure(
      'STORE_IO_ERROR',
      `cannot be read or written (${code})`,
      'check its disk and whether its file system is writable, then try again',
    );
  return error;
}

/** In-memory databases are refused: nothing durable could be promised, and no reader could see them. */
export function checkPath(path: string): void {
  if (path === '' || path === ':memory:' || path.startsWith('file:'))
    throw new StoreError(
      'STORE_UNUSABLE',
      path,
      `"${path}" is not the path of a file; a durable store needs one`,
    );
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new StoreError('STORE_UNUSABLE', path, `${path} is a directory; name a file in it`);
}

function checkIntegrity(writer: Database.Database, path: string): void {
  const verdict = writer.pragma('quick_check(1)', { simple: true });
  if (verdict !== 'ok') throw corrupt(path, new Error(String(verdict)));
}

function corrupt(path: string, cause: unknown): StoreError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StoreError(
    'STORE_CORRUPT',
    path,
    `${path} is damaged (${reason.trim()}); restore a backup, or recover it with: sqlite3 ${path} .recover`,
    { cause },
  );
}
