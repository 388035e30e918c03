/** The latest values, at most `most` of them. */
export class Recent<Value> {
  readonly #most: number;
  readonly #values: Value[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Oldest first. */
  get values(): readonly Value[] {
    return this.#values;
  }

  add(value: Value): void {
    if (this.#values.length === this.#most) this.#values.shift();
    this.#values.push(value);
  }
}
