import type { Logger } from '../log.ts';

export interface SentSpansDeps {
  readonly url: string;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/** What becomes of spans on their way: where they are lost, and when they come through again, is told once. */
export class SentSpans {
  readonly #most: number;
  readonly #deps: SentSpansDeps;
  #waiting = 0;
  #lost = 0;

  constructor(most: number, deps: SentSpansDeps) {
    this.#most = most;
    this.#deps = deps;
  }

  /** Whether there is room for one more; it is lost otherwise. */
  mayAdd(): boolean {
    if (this.#waiting < this.#most) {
      this.#waiting += 1;
      return true;
    }
    this.#lose(1, `more than ${this.#most} wait to be sent`);
    return false;
  }

  /** So many were sent; `error`: in vain. */
  ended(count: number, error: Error | undefined): void {
    this.#waiting -= count;
    if (error !== undefined) return this.#lose(count, error.message);
    if (this.#lost === 0) return;
    const { log, url } = this.#deps;
    log.info(
      { component: 'tracing', lost: this.#lost },
      `traces are sent to ${url} again; ${this.#lost} spans were lost`,
    );
    this.#lost = 0;
  }

  #lose(count: number, reason: string): void {
    const { log, url } = this.#deps;
    if (this.#lost === 0)
      log.warn(
        { component: 'tracing', reason },
        `traces cannot be sent to ${url} (${reason}); spans are lost until they can, the work goes on`,
      );
    this.#lost += count;
  }
}
