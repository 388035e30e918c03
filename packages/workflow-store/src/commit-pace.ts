/** What a `commit` takes, in ms, which is mostly the disk's: the event loop should not stand still for longer, time and again. */
const slowMs = 2;
/** The newest commit's share in what is known of all. */
const share = 0.2;
/** One that the disk kept waiting counts no more than this: two to four in a row tell of a slow disk. */
const longestMs = 2 * slowMs;
/** After so many groups that others have written, one is written here, to see what it takes now. */
const lookAgainAfter = 64;

/** How long commits take here: on a slow disk even a small one is better waited for elsewhere. */
export class CommitPace {
  #averageMs = 0;
  #since = 0;

  get isSlow(): boolean {
    return this.#averageMs >= slowMs && this.#since < lookAgainAfter;
  }

  committedHere(ms: number): void {
    this.#averageMs += share * (Math.min(ms, longestMs) - this.#averageMs);
    this.#since = 0;
  }

  handedOver(): void {
    this.#since += 1;
  }
}
