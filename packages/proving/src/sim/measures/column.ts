/** Numbers in a row that grows. */
export class Column {
  #numbers: Float64Array = new Float64Array(1_024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#numbers.length) {
      const longer = new Float64Array(2 * this.#length);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[this.#length] = value;
    this.#length += 1;
  }

  at(index: number): number {
    return this.#numbers[index] ?? Number.NaN;
  }

  /** A view, of use until the next `push`. */
  get values(): Float64Array {
    return this.#numbers.subarray(0, this.#length);
  }
}
