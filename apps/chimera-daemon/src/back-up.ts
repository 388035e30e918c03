import { open, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { BackupView } from '@chimera/client';
import type { Clock } from '@chimera/policy';
import type { WorkflowStore } from '@chimera/workflow-store';
import { ApiError } from './http/api-error.ts';
import type { Logger } from './log.ts';
import { systemReason } from './system-reason.ts';

export interface BackUpDeps {
  readonly store: Pick<WorkflowStore, 'backup'>;
  /** The file that is copied. */
  readonly database: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Copies the database to a new file while it is in use. @throws ApiError for a place that cannot hold it */
export async function backUp(
  path: string,
  { clock, database, log, store }: BackUpDeps,
): Promise<BackupView> {
  const refuse = (problem: string): never => {
    throw new ApiError(400, 'INVALID_BACKUP_PATH', `path: ${path} ${problem}`);
  };
  if (path.includes('\0')) refuse('holds a NUL, as no path does; leave it out');
  if (['', '-wal', '-shm', '.lock'].some((ending) => resolve(path) === `${database}${ending}`))
    refuse('belongs to the database itself; name another file');
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) refuse('is a directory; name a new file in it');
  if (there !== undefined) refuse('exists; name a new file');
  if (!(await stat(dirname(path)).catch(() => undefined))?.isDirectory())
    refuse('is in no directory that exists; make it first');
  await probe(path).catch((error: unknown) =>
    refuse(
      `cannot be made (${systemReason(error)}); name another file, or let the daemon write there`,
    ),
  );
  const since = clock.monotonic();
  await store.backup(path).catch((error: unknown) => {
    throw isFull(error)
      ? new ApiError(
          507,
          'BACKUP_FULL',
          `path: ${path} has no room for the copy; make some, or name another file`,
        )
      : error;
  });
  const { size: bytes } = await stat(path);
  const ms = Math.round(clock.monotonic() - since);
  log.info({ component: 'backup', path, bytes, ms }, `backed up to ${path}`);
  return { path, bytes, ms };
}

/** Makes the file, and removes it: SQLite says only that it could not. */
async function probe(path: string): Promise<void> {
  await (await open(path, 'wx')).close();
  await rm(path);
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_FULL';
}
