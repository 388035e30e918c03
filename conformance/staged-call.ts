import { getEventListeners } from 'node:events';
import type { AttemptPlan } from './scenario-schema.ts';
import { abortByNetwork, StagedError } from './staged-error.ts';
import { StagedResult } from './staged-result.ts';
import type { World } from './world.ts';

export interface StagedAttempt {
  readonly startedAt: number;
  readonly signal: AbortSignal | undefined;
  result: unknown;
  /** Ends it, when it hangs. */
  end: ((gives: Ending) => void) | undefined;
}

export type Ending = 'S' | 'F' | 'X' | 'bad' | 'nothing';

type Told = Exclude<AttemptPlan, string>;

/** So many attempts in one call are no retry any more: the rest hang, or they would go on for ever. */
const mostAttempts = 25_000;

/** What the operations of one case have in common. */
export interface Theatre {
  readonly world: World;
  running: number;
  mostRunning: number;
  /** Names of the calls whose operations began. */
  readonly began: string[];
}

/** One call of a scenario: plays the operation, and keeps a record of it. */
export class StagedCall {
  readonly name: string;
  readonly startedAt: number;
  readonly caller: AbortController | undefined;
  readonly attempts: StagedAttempt[] = [];
  /** Everything that the operation threw. */
  readonly errors: Set<unknown> = new Set();
  outcome: { readonly at: number; readonly error?: unknown; readonly value?: unknown } | undefined;
  readonly #theatre: Theatre;
  readonly #plan: readonly AttemptPlan[];

  constructor(
    name: string,
    plan: readonly AttemptPlan[],
    caller: AbortController | undefined,
    theatre: Theatre,
  ) {
    this.name = name;
    this.startedAt = theatre.world.now();
    this.caller = caller;
    this.#plan = plan;
    this.#theatre = theatre;
  }

  get listenersLeft(): number {
    return this.caller === undefined ? 0 : getEventListeners(this.caller.signal, 'abort').length;
  }

  /** Records how the library answers the caller. */
  follow(answer: unknown): void {
    Promise.resolve(answer).then(
      (value) => {
        this.outcome = { at: this.#theatre.world.now(), value };
      },
      (error: unknown) => {
        this.outcome = { at: this.#theatre.world.now(), error };
      },
    );
  }

  readonly work = (signal: AbortSignal | undefined): unknown => {
    const attempt: StagedAttempt = {
      startedAt: this.#theatre.world.now(),
      signal,
      result: undefined,
      end: undefined,
    };
    this.attempts.push(attempt);
    if (this.attempts.length === 1) this.#theatre.began.push(this.name);
    if (this.attempts.length > mostAttempts) return new Promise(() => {});

    const planned = this.#plan[Math.min(this.attempts.length, this.#plan.length) - 1] ?? 'S';
    if (planned === 'hang' || planned === 'heed') return this.#hang(attempt, planned === 'heed');
    const told: Told = typeof planned === 'string' ? { gives: planned } : planned;
    if (told.sync === true) return this.#give(attempt, told);
    if (told.afterMs === undefined) {
      return new Promise((resolve) => {
        resolve(this.#give(attempt, told));
      });
    }
    const afterMs = told.afterMs;
    return this.#occupied(
      new Promise((resolve) => {
        this.#theatre.world.at(afterMs, () => resolve(undefined));
      }).then(() => this.#give(attempt, told)),
    );
  };

  #hang(attempt: StagedAttempt, heeds: boolean): Promise<unknown> {
    return this.#occupied(
      new Promise((resolve, reject) => {
        attempt.end = (gives) => {
          try {
            resolve(this.#give(attempt, { gives }));
          } catch (error) {
            reject(error);
          }
        };
        if (!heeds) return;
        const heed = () => reject(attempt.signal?.reason);
        attempt.signal?.addEventListener('abort', heed, { once: true });
      }),
    );
  }

  #occupied(work: Promise<unknown>): Promise<unknown> {
    const theatre = this.#theatre;
    theatre.running += 1;
    theatre.mostRunning = Math.max(theatre.mostRunning, theatre.running);
    const leave = () => {
      theatre.running -= 1;
    };
    work.then(leave, leave);
    return work;
  }

  #give(attempt: StagedAttempt, { gives, error, retryAfter }: Told): unknown {
    if (gives === 'nothing') return undefined;
    if (gives === 'S' || gives === 'bad') {
      attempt.result = new StagedResult(gives === 'S' ? 'ok' : 'bad');
      return attempt.result;
    }
    const thrown =
      error === 'abort by network'
        ? abortByNetwork()
        : new StagedError(
            codeOf(gives, error),
            retryAfter === undefined ? {} : { 'retry-after': retryAfter },
          );
    this.errors.add(thrown);
    throw thrown;
  }
}

function codeOf(gives: 'F' | 'X', error: Told['error']): string {
  if (gives === 'X') return 'EXCLUDED';
  return error === 'throttled' ? 'THROTTLED' : 'BOOM';
}
