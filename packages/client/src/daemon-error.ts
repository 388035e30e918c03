/**
 * The daemon answered with an error, could not be reached, or kept silent. `code` is the API's,
 * `DAEMON_UNREACHABLE`, `DAEMON_SILENT` (what was asked may be done all the same) or `NOT_A_DAEMON`.
 */
export class DaemonError extends Error {
  override readonly name = 'DaemonError';
  readonly code: string;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;

  constructor(code: string, message: string, status: number, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.status = status;
  }
}
