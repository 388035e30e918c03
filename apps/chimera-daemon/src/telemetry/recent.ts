/** The latest values, at most `most` of them. */
export class Recent<Value> {
  readonly #most: number;
  /** Once it is full, the oldest one is at `#next`. */
  readonly #ring: Value[] = [];
  #next = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Oldest first. */
  get values(): readonly Value[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
  }

  add(value: Value): void {
    if (this.#ring.length < this.#most) {
      this.#ring.push(value);
    } else {
      this.#ring[this.#next] = value;
      this.#next = (this.#next + 1) % this.#most;
    }
  }
}
