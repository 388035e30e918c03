import { DeadLetterTableMissingError } from './errors.ts';

/** What a call was given, by field. */
export type Given = Readonly<Record<string, unknown>>;

/** A driver's error as what it means here; every other error as it is. */
export function clearer(error: unknown, table: string, given: Given): unknown {
  if (isTableMissing(error, table)) return new DeadLetterTableMissingError(table, error);
  const [field, value] =
    codeOf(error) === notInEncoding ? (Object.entries(given).find(hasNul) ?? []) : [];
  if (field === undefined) return error;
  return new RangeError(
    `dead-letter-queue: ${field} must be a text without NUL, which PostgreSQL has no place for, got ${JSON.stringify(value)}`,
    { cause: error },
  );
}

// PostgreSQL's messages come in the language of its server, its codes do not.
const undefinedTable = '42P01';
const notInEncoding = '22021';

/** Somebody else's table, in the transaction that is theirs too, is missed in the driver's words. */
function isTableMissing(error: unknown, table: string): boolean {
  if (!(error instanceof Error) || !new RegExp(`\\b${table}\\b`).test(error.message)) return false;
  return error.message.startsWith('no such table') || codeOf(error) === undefinedTable;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function hasNul([, value]: readonly [string, unknown]): boolean {
  return typeof value === 'string' && value.includes('\0');
}
