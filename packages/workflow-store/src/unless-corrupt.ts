import { StoreError } from './store-error.ts';

/** Told of rows that are damaged. */
export type OnCorruptRow = (error: StoreError) => void;

export function isCorruptRow(error: unknown): error is StoreError {
  return error instanceof StoreError && error.code === 'ROW_CORRUPT';
}

/** Undefined for a damaged row, which is told of: it keeps nobody from the others. */
export function unlessCorrupt<Result>(
  onCorruptRow: OnCorruptRow,
  read: () => Result,
): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (!isCorruptRow(error)) throw error;
    onCorruptRow(error);
    return undefined;
  }
}
