export type StoreErrorCode =
  /** The file is something else. */
  | 'STORE_NOT_A_DATABASE'
  /** A later version of this package has written the file. */
  | 'STORE_SCHEMA_TOO_NEW'
  /** The database failed its integrity check. */
  | 'STORE_CORRUPT'
  /** The path cannot be opened or written, or a migration failed. */
  | 'STORE_UNUSABLE'
  /** A write found no space. Nothing of it was done; it may go well later. */
  | 'STORE_FULL'
  /** A write was refused by the file or its file system. Nothing of it was done; it may go well later. */
  | 'STORE_READ_ONLY'
  /** The disk failed in a read or a write. Nothing of the write was done; it may go well later. */
  | 'STORE_IO_ERROR'
  /** Another process runs workflows on this file. */
  | 'STORE_IN_USE'
  | 'STORE_CLOSED'
  /** A stored row does not have the form that this version writes. */
  | 'ROW_CORRUPT'
  | 'WORKFLOW_NOT_FOUND'
  | 'IDEMPOTENCY_MISMATCH';

/** Every refusal of the store; test `code`. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  /** The database file. */
  readonly path: string;
  /** Set when the error is about one workflow. */
  readonly workflowId: string | undefined;

  constructor(
    code: StoreErrorCode,
    path: string,
    message: string,
    options: { readonly cause?: unknown; readonly workflowId?: string } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.path = path;
    this.workflowId = options.workflowId;
  }
}
