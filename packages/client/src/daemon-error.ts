/** The daemon answered with an error, or could not be reached. `code` is the API's, or `DAEMON_UNREACHABLE`. */
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
