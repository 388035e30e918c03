import type { CircuitBreaker, Ending } from './circuit-breaker.ts';
import type { Word } from './classify.ts';
import { CircuitOpenError } from './errors.ts';

/** The right to make one call, and the duty to say how it went. The first word counts; later ones change nothing. */
export interface Permit extends Disposable {
  /** The call gave this result, which is classified like that of an operation. */
  succeed(result?: unknown): void;
  /** The call failed with this error, which is classified like that of an operation. */
  fail(error?: unknown): void;
  /** The call tells nothing about what it called: frees a probe's place. */
  ignore(): void;
  /** The same as {@link ignore}: `using permit = tryAcquire(breaker)` cannot leak. */
  [Symbol.dispose](): void;
}

/**
 * The right to make one call, for work that does not fit into a function; undefined when the
 * breaker refuses. Say how it went: until then, or `probeTimeout`, it may hold a probe's place.
 */
export function tryAcquire(breaker: CircuitBreaker): Permit | undefined {
  const admitted = breaker.admit();
  return admitted instanceof CircuitOpenError ? undefined : new CallPermit(admitted);
}

class CallPermit implements Permit {
  #ending: Ending | undefined;

  constructor(ending: Ending) {
    this.#ending = ending;
  }

  succeed(result?: unknown): void {
    this.#say('result', result);
  }

  fail(error?: unknown): void {
    this.#say('error', error);
  }

  ignore(): void {
    this.#say('ignored');
  }

  [Symbol.dispose](): void {
    this.ignore();
  }

  #say(word: Word, evidence?: unknown): void {
    const ending = this.#ending;
    this.#ending = undefined;
    ending?.settled(word, evidence);
  }
}
