import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { BackupView } from '@chimera/client';
import type { Clock } from '@chimera/policy';
import type { WorkflowStore } from '@chimera/workflow-store';
import { ApiError } from './http/api-error.ts';
import type { Logger } from './log.ts';

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
  if (['', '-wal', '-shm', '.lock'].some((ending) => resolve(path) === `${database}${ending}`))
    refuse('belongs to the database itself; name another file');
  if (await stat(path).catch(() => undefined)) refuse('exists; name a new file');
  if (!(await stat(dirname(path)).catch(() => undefined))?.isDirectory())
    refuse('is in no directory that exists; make it first');
  const since = clock.monotonic();
  await store.backup(path);
  const { size: bytes } = await stat(path);
  const ms = Math.round(clock.monotonic() - since);
  log.info({ component: 'backup', path, bytes, ms }, `backed up to ${path}`);
  return { path, bytes, ms };
}
