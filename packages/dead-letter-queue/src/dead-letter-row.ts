import { z } from 'zod';
import type { DeadLetter, DeadLetterStatus } from './dead-letter.ts';
import { errorRecord } from './error-record.ts';
import { DeadLetterUnreadableError } from './errors.ts';
import type { Json } from './json.ts';

/** A row as it is stored. Instants are bigint in PostgreSQL, whose drivers return them as texts. */
export interface DeadLetterRow {
  id: string;
  task_id: string;
  status: DeadLetterStatus;
  fingerprint: string;
  phase: string | null;
  agent: string | null;
  /** JSON texts: the same column in SQLite and PostgreSQL, and `\u0000` survives. */
  workflow_state: string;
  error: string;
  attempts: string;
  retry_count: number;
  failed_at: number | string | bigint;
  death: number;
  replays: number;
  previous_id: string | null;
  investigated_at: number | string | bigint | null;
  investigated_by: string | null;
  note: string | null;
  resolution: string | null;
  resolved_at: number | string | bigint | null;
  resolved_by: string | null;
  requeued_at: number | string | bigint | null;
  requeued_by: string | null;
  requeued_with: string | null;
}

/** The one table, under its default name; the name in use is put in where queries are built. */
export interface DeadLetterTables {
  dead_letters: DeadLetterRow;
}

const anything = z.custom<Json>();
const attempts = z.array(anything);
const change = z.object({
  phase: z.string().exactOptional(),
  input: z.custom<Json>().exactOptional(),
});

/** @throws {DeadLetterUnreadableError} naming the row and its column. */
export function fromRow(row: DeadLetterRow): DeadLetter {
  const column = <T>(name: keyof DeadLetterRow, schema: z.ZodType<T>): T => {
    try {
      return schema.parse(JSON.parse(String(row[name])));
    } catch (cause) {
      throw new DeadLetterUnreadableError(row.id, name, cause);
    }
  };
  return {
    id: row.id,
    taskId: row.task_id,
    status: row.status,
    fingerprint: row.fingerprint,
    phase: row.phase ?? undefined,
    agent: row.agent ?? undefined,
    workflowState: column('workflow_state', anything),
    error: column('error', errorRecord),
    retryCount: row.retry_count,
    attempts: column('attempts', attempts),
    failedAt: Number(row.failed_at),
    death: row.death,
    replays: row.replays,
    previousId: row.previous_id ?? undefined,
    investigatedAt: instant(row.investigated_at),
    investigatedBy: row.investigated_by ?? undefined,
    note: row.note ?? undefined,
    resolution: row.resolution ?? undefined,
    resolvedAt: instant(row.resolved_at),
    resolvedBy: row.resolved_by ?? undefined,
    requeuedAt: instant(row.requeued_at),
    requeuedBy: row.requeued_by ?? undefined,
    requeuedWith: row.requeued_with === null ? undefined : column('requeued_with', change),
  };
}

function instant(value: DeadLetterRow['requeued_at']): number | undefined {
  return value === null ? undefined : Number(value);
}
