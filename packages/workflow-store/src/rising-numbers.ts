/** Numbers of events or rows: strictly increasing, and never used twice, though a rollback may leave a gap. */
export class RisingNumbers {
  #last: number;

  /** @param last the highest that was ever given. */
  constructor(last: number) {
    this.#last = last;
  }

  get last(): number {
    return this.#last;
  }

  next(): number {
    this.#last += 1;
    return this.#last;
  }
}
