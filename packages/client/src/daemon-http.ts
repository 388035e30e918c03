import type { Clock } from '@chimera/policy';
import { AnswerLimit } from './answer-limit.ts';
import { codeOf } from './code-of.ts';
import { DaemonError } from './daemon-error.ts';
import type { ApiErrorBody } from './resources.ts';

/** Of a list, its length. */
type Fields<Answer> = readonly (keyof NoInfer<Answer> & string)[];

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

  /** `fields`: some that the answer has to have. */
  send<Answer>(
    fields: Fields<Answer>,
    method: string,
    path: string,
    body?: unknown,
    withinMs: number = this.#options.timeoutMs,
  ): Promise<Answer> {
    return this.#within(method, withinMs, async (limit) =>
      this.#answer(path, await this.#ask(method, path, limit, body), fields),
    );
  }

  /** For an answer that says all the time that it goes on: only its beginning has to come in time. */
  sendLong<Answer>(
    fields: Fields<Answer>,
    method: string,
    path: string,
    body: unknown,
  ): Promise<Answer> {
    return this.#within(method, this.#options.timeoutMs, async (limit) => {
      const response = await this.#ask(method, path, limit, body);
      limit.end();
      return this.#answer(path, response, fields);
    });
  }

  /** `afterMs`: what the daemon does before it answers takes so long. */
  download(path: string, afterMs: number): Promise<Uint8Array> {
    return this.#within('GET', afterMs + this.#options.timeoutMs, async (limit) => {
      const response = await this.#ask('GET', path, limit);
      if (response.ok) return new Uint8Array(await this.#whole(response.arrayBuffer()));
      return this.#answer(path, response, []);
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
    const text = body === undefined ? undefined : bodyText(body);
    const headers: Record<string, string> = {};
    if (text !== undefined) headers['content-type'] = 'application/json';
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
    let response: Response;
    try {
      response = await fetch(`${url}${path}`, {
        method,
        headers,
        signal,
        // Sent on, most of what is to be done would become a question, whose answer tells of nothing done.
        redirect: method === 'GET' ? 'follow' : 'manual',
        ...(text === undefined ? {} : { body: text }),
      });
    } catch (cause) {
      if (wasConnected(cause)) throw this.#brokenOff('before it answered', cause);
      throw new DaemonError(
        'DAEMON_UNREACHABLE',
        `no daemon answers at ${url}; start one with: chimera start, or name another address (--url, CHIMERA_URL)`,
        0,
        cause,
      );
    }
    if (isRedirect(response)) {
      await response.body?.cancel();
      throw this.#sentOn(response);
    }
    return response;
  }

  async #answer<Answer>(path: string, response: Response, fields: Fields<Answer>): Promise<Answer> {
    const answer = await this.#read(response);
    if (response.ok) {
      const missing = fields.find((field) => !(field in answer));
      if (missing === undefined) return answer as Answer;
      const message = `${this.#options.url}${path} answers without "${missing}", as no chimera daemon of this version does; check the URL, and the daemon's version`;
      throw new DaemonError('NOT_A_DAEMON', message, response.status);
    }
    const { status } = response;
    const failure = (answer as Partial<ApiErrorBody>).error;
    throw new DaemonError(
      failure?.code ?? `HTTP_${status}`,
      failure?.message ?? `${this.#options.url}${path} answered ${status}`,
      status,
    );
  }

  async #read(response: Response): Promise<object> {
    const text = await this.#whole(response.text());
    try {
      const answer: unknown = JSON.parse(text);
      if (typeof answer === 'object' && answer !== null) return answer;
    } catch (cause) {
      throw this.#notADaemon(response.status, cause);
    }
    throw this.#notADaemon(response.status);
  }

  async #whole<Body>(body: Promise<Body>): Promise<Body> {
    try {
      return await body;
    } catch (cause) {
      throw this.#brokenOff('in the midst of an answer', cause);
    }
  }

  #brokenOff(when: string, cause: unknown): DaemonError {
    const message = `the connection to ${this.#options.url} broke off ${when}; what was asked may be done all the same; see the daemon's log`;
    return new DaemonError('DAEMON_UNREACHABLE', message, 0, cause);
  }

  #sentOn({ headers, status }: Response): DaemonError {
    const where = headers.get('location') ?? 'another address';
    const message = `${this.#options.url} sends on to ${where}, and nothing was done; name the address of the daemon itself (--url, CHIMERA_URL)`;
    return new DaemonError('NOT_A_DAEMON', message, status);
  }

  #notADaemon(status: number, cause?: unknown): DaemonError {
    const message = `${this.#options.url} answers, but not as a chimera daemon does; check the URL`;
    return new DaemonError('NOT_A_DAEMON', message, status, cause);
  }
}

function bodyText(body: unknown): string {
  try {
    return JSON.stringify(body);
  } catch (cause) {
    const [why] = String(cause).split('\n', 1);
    const message = `the request was not sent, as it is not JSON; ${why}`;
    throw new DaemonError('INVALID_REQUEST', message, 0, cause);
  }
}

/** As Node.js tells it; of others it is not known. */
function wasConnected(failure: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(codeOf(failure));
}

/** A browser tells of one without its status. */
function isRedirect({ status, type }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400);
}
