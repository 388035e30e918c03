import { DeadLetterTableMissingError } from './errors.ts';

/** A driver's error as what it means here; every other error as it is. */
export function clearer(error: unknown, table: string): unknown {
  return isTableMissing(error, table) ? new DeadLetterTableMissingError(table, error) : error;
}

/** Somebody else's table, in the transaction that is theirs too, is missed in the driver's words. */
function isTableMissing(error: unknown, table: string): boolean {
  if (!(error instanceof Error) || !new RegExp(`\\b${table}\\b`).test(error.message)) return false;
  // PostgreSQL's messages come in the language of its server.
  return error.message.startsWith('no such table') || codeOf(error) === '42P01';
}

function codeOf(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}
