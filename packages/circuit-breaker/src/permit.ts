import type { Settle, Word } from './classify.ts';

/** The right to make one call, and the duty to say how it went. The first word counts; later ones change nothing. */
export interface Permit extends Disposable {
  /** The call gave this result, which is classified like that of an operation. */
  succeed(result?: unknown): void;
  /** The call failed with this error, which is classified like that of an operation. */
  fail(error?: unknown): void;
  /** The call tells nothing about what it called: frees a probe's place. */
  ignore(): void;
  /** The same as {@link ignore}: `using permit = breaker.tryAcquire()` cannot leak. */
  [Symbol.dispose](): void;
}

export class CallPermit implements Permit {
  #settle: Settle | undefined;

  constructor(settle: Settle) {
    this.#settle = settle;
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
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(word, evidence);
  }
}
