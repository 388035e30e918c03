import type { Candidate } from './workflow-record.ts';

/** More than one claim for a large pool shows. */
const mostKept = 8_192;
/** What has just come, and may wait for long, takes no more room than this. */
const mostOffered = 4_096;

/**
 * Candidates as their rows have them. What waits behind a busy pool is shown to every claim, and
 * does not change until an event moves it.
 */
export class ShownCandidates {
  readonly #byKey = new Map<number, Candidate>();

  get(key: number): Candidate | undefined {
    return this.#byKey.get(key);
  }

  /** A claim has read it, and the next one will ask again. */
  keep(key: number, candidate: Candidate): void {
    if (this.#byKey.size >= mostKept) this.#byKey.clear();
    this.#byKey.set(key, candidate);
  }

  /** Kept where there is room. */
  offer(key: number, candidate: Candidate): void {
    if (this.#byKey.size < mostOffered) this.#byKey.set(key, candidate);
  }

  /** An event has moved it. */
  forget(key: number): void {
    this.#byKey.delete(key);
  }

  /** To be called when a transaction, or a part of one, is rolled back. */
  forgetAll(): void {
    this.#byKey.clear();
  }
}
