/** Asked for again at least this often, in ms: a due time may have been written by hand. */
const mostTrusted = 1_000;

/**
 * Before when nothing on the disk falls due, as far as that is known. Asking is a claim's
 * first read after another connection has written, and a fifth of what it spends on reading; mostly
 * nothing is due.
 */
export class NextDue {
  #at = -Infinity;
  #askedAt = -Infinity;

  /** Whether the disk has to be asked: also when the clock went back. */
  mayBeDue(now: number): boolean {
    return now >= this.#at || now < this.#askedAt;
  }

  /** Something waits until then, on the disk or on its way there. */
  note(at: number): void {
    this.#at = Math.min(this.#at, at);
  }

  /** All that was due by `now` is claimable; the next falls due at `at`. */
  asked(now: number, at: number): void {
    this.#at = Math.min(at, now + mostTrusted);
    this.#askedAt = now;
  }

  /** To be called when a transaction, or a part of one, is rolled back. */
  forget(): void {
    this.#at = -Infinity;
  }
}
