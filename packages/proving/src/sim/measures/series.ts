/** Sums by spans of equal length. */
export class Series {
  readonly spanMs: number;
  readonly sums: number[] = [];

  constructor(spanMs: number) {
    this.spanMs = spanMs;
  }

  add(atMs: number, value: number = 1): void {
    const span = Math.floor(atMs / this.spanMs);
    this.#reach(span);
    this.sums[span] = (this.sums[span] ?? 0) + value;
  }

  /** Adds what a level holds from one instant to the next: level × ms, each span its part. */
  hold(level: number, fromMs: number, untilMs: number): void {
    if (level === 0) return;
    for (let from = fromMs; from < untilMs;) {
      const span = Math.floor(from / this.spanMs);
      const until = Math.min(untilMs, (span + 1) * this.spanMs);
      this.add(from, level * (until - from));
      from = until;
    }
  }

  /** The sum of the whole spans from one instant to another; both are taken to the nearest span. */
  between(fromMs: number, untilMs: number): number {
    const from = Math.round(fromMs / this.spanMs);
    const until = Math.round(untilMs / this.spanMs);
    return this.sums.slice(from, until).reduce((sum, each) => sum + each, 0);
  }

  #reach(span: number): void {
    while (this.sums.length <= span) this.sums.push(0);
  }
}
