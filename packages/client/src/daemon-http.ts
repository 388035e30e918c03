import type { Clock } from '@chimera/policy';
import { AnswerLimit } from './answer-limit.ts';
import { DaemonError } from './daemon-error.ts';
import type { ApiErrorBody } from './resources.ts';

export interface DaemonHttpOptions {
  readonly url: string;
  /** The administrator's. */
  readonly token: string | undefined;
  readonly timeoutMs: number;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
}

/** Asks the daemon, and tells in its words, or in the house's, what went wrong. */
export class DaemonHttp {
  readonly #options: DaemonHttpOptions;

  constructor(options: DaemonHttpOptions) {
    this.#options = options;
  }

  send<Answer>(
    method: string,
    path: string,
    body?: unknown,
    withinMs: number = this.#options.timeoutMs,
  ): Promise<Answer> {
    return this.#within(method, withinMs, async (limit) =>
      this.#answer(path, await this.#ask(method, path, limit, body)),
    );
  }

  /** For an answer that says all the time that it goes on: only its beginning has to come in time. */
  sendLong<Answer>(method: string, path: string, body: unknown): Promise<Answer> {
    return this.#within(method, this.#options.timeoutMs, async (limit) => {
      const response = await this.#ask(method, path, limit, body);
      limit.end();
      return this.#answer(path, response);
    });
  }

  /** `afterMs`: what the daemon does before it answers takes so long. */
  download(path: string, afterMs: number): Promise<Uint8Array> {
    return this.#within('GET', afterMs + this.#options.timeoutMs, async (limit) => {
      const response = await this.#ask('GET', path, limit);
      if (response.ok) return new Uint8Array(await response.arrayBuffer());
      return this.#answer(path, response);
    });
  }

  async #within<Result>(
    method: string,
    ms: number,
    ask: (limit: AnswerLimit) => Promise<Result>,
  ): Promise<Result> {
    const { clock, url } = this.#options;
    const limit = new AnswerLimit(ms, clock);
    try {
      return await ask(limit);
    } catch (failure) {
      throw limit.refusal(method, url, failure) ?? failure;
    } finally {
      limit.end();
    }
  }

  async #ask(
    method: string,
    path: string,
    { signal }: AnswerLimit,
    body?: unknown,
  ): Promise<Response> {
    const { fetch, token, url } = this.#options;
    const headers: Record<string, string> = {};
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
    try {
      return await fetch(`${url}${path}`, {
        method,
        headers,
        signal,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      throw new DaemonError(
        'DAEMON_UNREACHABLE',
        `no daemon answers at ${url}; start one with: chimera start, or name another address (--url, CHIMERA_URL)`,
        0,
        cause,
      );
    }
  }

  async #answer<Answer>(path: string, response: Response): Promise<Answer> {
    const answer = await this.#read(response);
    if (response.ok) return answer as Answer;
    const { status } = response;
    const failure = (answer as Partial<ApiErrorBody>).error;
    throw new DaemonError(
      failure?.code ?? `HTTP_${status}`,
      failure?.message ?? `${this.#options.url}${path} answered ${status}`,
      status,
    );
  }

  async #read(response: Response): Promise<unknown> {
    try {
      const answer: unknown = await response.json();
      if (typeof answer === 'object' && answer !== null) return answer;
    } catch (cause) {
      throw this.#notADaemon(response.status, cause);
    }
    throw this.#notADaemon(response.status);
  }

  #notADaemon(status: number, cause?: unknown): DaemonError {
    const message = `${this.#options.url} answers, but not as a chimera daemon does; check the URL`;
    return new DaemonError('NOT_A_DAEMON', message, status, cause);
  }
}
