import type { Clock } from '@chimera/policy';
import { codeOf } from './code-of.ts';
import { DaemonError } from './daemon-error.ts';

/** The global `fetch` of Node.js gives up by itself, whatever the limit is. */
const ofFetch: Readonly<Record<string, number>> = {
  UND_ERR_HEADERS_TIMEOUT: 300_000,
  UND_ERR_BODY_TIMEOUT: 300_000,
};

/** So long may an answer take; `end` it when the answer is there. */
export class AnswerLimit {
  readonly #ms: number;
  readonly #over = new AbortController();
  readonly #timer: { cancel(): void };

  constructor(ms: number, clock: Clock) {
    this.#ms = ms;
    this.#timer = clock.setTimer(() => this.#over.abort(), ms);
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  end(): void {
    this.#timer.cancel();
  }

  /** What to tell of a request to this address that failed so, if it is that no answer came in time. */
  refusal(method: string, url: string, failure: unknown): DaemonError | undefined {
    const ms = this.signal.aborted ? this.#ms : ofFetch[codeOf(failure)];
    if (ms === undefined) return undefined;
    const late = method === 'GET' ? '' : ', and may yet do what was asked';
    return new DaemonError(
      'DAEMON_SILENT',
      `${url} has not answered within ${ms / 1_000} s${late}; check the address (--url, CHIMERA_URL) and the daemon's log, or wait longer (--request-timeout, CHIMERA_REQUEST_TIMEOUT)`,
      0,
      failure,
    );
  }
}
