import type { Verdict } from './circuit-state.ts';

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

/** What a permit's holder says: a result or an error that is still to be classified, or the verdict. */
export type Word = 'result' | 'error' | Verdict;

export type Settle = (
  epoch: number,
  probe: number,
  startedAt: number,
  word: Word,
  evidence: unknown,
) => void;

export class CallPermit implements Permit {
  readonly #epoch: number;
  readonly #probe: number;
  readonly #startedAt: number;
  #settle: Settle | undefined;

  constructor(settle: Settle, epoch: number, probe: number, startedAt: number) {
    this.#settle = settle;
    this.#epoch = epoch;
    this.#probe = probe;
    this.#startedAt = startedAt;
  }

  succeed(result?: unknown): void {
    this.settle('result', result);
  }

  fail(error?: unknown): void {
    this.settle('error', error);
  }

  ignore(): void {
    this.settle('ignored');
  }

  [Symbol.dispose](): void {
    this.settle('ignored');
  }

  settle(word: Word, evidence?: unknown): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(this.#epoch, this.#probe, this.#startedAt, word, evidence);
  }
}
