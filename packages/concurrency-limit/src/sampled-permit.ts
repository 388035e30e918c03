import type { SampleVerdict } from './classify-sample.ts';

/** The right to make one call, and the duty to say how it went. The first word counts; later ones change nothing. */
export interface SampledPermit extends Disposable {
  /** The call was answered: its time counts. */
  succeed(): void;
  /** The call came to nothing because of the load. */
  drop(): void;
  /** The call's time tells nothing. */
  ignore(): void;
  /** The same as {@link ignore}: `using permit = limit.tryAcquire()` cannot leak. */
  [Symbol.dispose](): void;
}

export class SettledPermit implements SampledPermit {
  #settle: ((verdict: SampleVerdict) => void) | undefined;

  constructor(settle: (verdict: SampleVerdict) => void) {
    this.#settle = settle;
  }

  succeed(): void {
    this.#say('measured');
  }

  drop(): void {
    this.#say('dropped');
  }

  ignore(): void {
    this.#say('ignored');
  }

  [Symbol.dispose](): void {
    this.#say('ignored');
  }

  #say(verdict: SampleVerdict): void {
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(verdict);
  }
}
