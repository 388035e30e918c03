import { existsSync, rmSync, truncateSync } from 'node:fs';
import Database from 'better-sqlite3';
import { StoreError } from './store-error.ts';

/** Held by one store per file, as long as it is open; a killed process loses it at once. */
export interface OwnerLock {
  release(): void;
  /** Released, and its file is gone when there was none before: the opening that it was for failed. */
  abandon(): void;
}

/**
 * A write transaction on a database of its own, held for life: the operating system ends it with
 * the process. Its header's user_version names the holder, since readers are let in.
 */
export function acquireOwnerLock(path: string): OwnerLock {
  const file = `${path}.lock`;
  const isNew = !existsSync(file);
  const lock = lockedOnce(file, path);
  return {
    release: () => lock.close(),
    abandon: () => {
      // While it is held. Who has opened the file already cannot write it when it is gone
      // (SQLITE_READONLY_DBMOVED), so that nobody holds a lock that others do not see.
      if (isNew) removeIfPossible(file);
      lock.close();
    },
  };
}

function lockedOnce(file: string, path: string): Database.Database {
  try {
    return lockOn(file, path);
  } catch (error) {
    // It is never synced, and a power cut has torn it. Emptied in place, so that there is one file
    // to lock, whoever else does the same now.
    if (isDamaged(error)) truncateSync(file);
    else if (!wasRemoved(error)) throw error;
    return lockOn(file, path);
  }
}

function lockOn(file: string, path: string): Database.Database {
  const lock = new Database(file, { timeout: 0 });
  try {
    lock.pragma('synchronous = OFF');
    lock.exec('BEGIN IMMEDIATE');
    lock.pragma(`user_version = ${process.pid}`);
    lock.exec('COMMIT; BEGIN IMMEDIATE');
    return lock;
  } catch (error) {
    const holder = isBusy(error) ? holderOf(lock) : undefined;
    lock.close();
    if (!isBusy(error)) throw error;
    throw new StoreError(
      'STORE_IN_USE',
      path,
      `${path} is in use by ${holder ?? 'another process'}; stop it first, or give this one a file of its own`,
      { cause: error },
    );
  }
}

function isDamaged(error: unknown): boolean {
  if (!(error instanceof Database.SqliteError)) return false;
  return error.code === 'SQLITE_NOTADB' || error.code.startsWith('SQLITE_CORRUPT');
}

/** By another opening that failed, after this one had opened it. */
function wasRemoved(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code === 'SQLITE_READONLY_DBMOVED';
}

/** Not on Windows, where an open file stays. */
function removeIfPossible(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // A lock file that stays is harmless.
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
}

function holderOf(lock: Database.Database): string | undefined {
  try {
    return `process ${String(lock.pragma('user_version', { simple: true }))}`;
  } catch {
    // In the instant in which the holder writes its name, it cannot be read.
    return undefined;
  }
}
