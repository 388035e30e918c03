import type { DeadLetterStatus } from './dead-letter.ts';

export class DeadLetterNotFoundError extends Error {
  override readonly name = 'DeadLetterNotFoundError';
  readonly code = 'DEAD_LETTER_NOT_FOUND';
  readonly id: string;

  constructor(id: string) {
    super(`Dead letter "${id}" is not here; list() shows those that are`);
    this.id = id;
  }
}

/** Somebody has dealt with it already. */
export class DeadLetterNotOpenError extends Error {
  override readonly name = 'DeadLetterNotOpenError';
  readonly code = 'DEAD_LETTER_NOT_OPEN';
  readonly id: string;
  readonly status: DeadLetterStatus;

  constructor(id: string, status: DeadLetterStatus) {
    const remedy =
      status === 'requeued'
        ? 'if its task dies again, that is a new dead letter: list({ taskId }) shows it'
        : 'add a new one if its task still has to run';
    super(`Dead letter "${id}" is ${status}, no longer open; ${remedy}`);
    this.id = id;
    this.status = status;
  }
}

/** Its task has been requeued from here as often as is allowed, and died each time. */
export class ReplaysExhaustedError extends Error {
  override readonly name = 'ReplaysExhaustedError';
  readonly code = 'DEAD_LETTER_REPLAYS_EXHAUSTED';
  readonly id: string;
  readonly replays: number;

  constructor(id: string, replays: number) {
    super(
      `The task of dead letter "${id}" was requeued ${replays} times and died again; ` +
        'find out why, or requeue with a higher maxReplays',
    );
    this.id = id;
    this.replays = replays;
  }
}

/** A stored row does not hold what it should: somebody else wrote to the table, or it is damaged. */
export class DeadLetterUnreadableError extends Error {
  override readonly name = 'DeadLetterUnreadableError';
  readonly code = 'DEAD_LETTER_UNREADABLE';
  readonly id: string;
  readonly column: string;

  constructor(id: string, column: string, cause: unknown) {
    super(
      `Dead letter "${id}" has a column ${column} that cannot be read; repair it, or discard() it`,
      { cause },
    );
    this.id = id;
    this.column = column;
  }
}

/** The database has no such table. */
export class DeadLetterTableMissingError extends Error {
  override readonly name = 'DeadLetterTableMissingError';
  readonly code = 'DEAD_LETTER_TABLE_MISSING';
  readonly table: string;

  constructor(table: string, cause: unknown) {
    super(
      `Table "${table}" is not in this database; call migrate() before anything else, with the same table name`,
      { cause },
    );
    this.table = table;
  }
}

/** The table is ahead of this program, which could not read all of it. */
export class DeadLetterSchemaTooNewError extends Error {
  override readonly name = 'DeadLetterSchemaTooNewError';
  readonly code = 'DEAD_LETTER_SCHEMA_TOO_NEW';
  readonly table: string;

  constructor(table: string, migrations: readonly string[], cause: unknown) {
    super(
      `The table ${table} was written by a later version (it has ${migrations.join(', ')}); ` +
        'update this program, or restore a backup from before',
      { cause },
    );
    this.table = table;
  }
}
