import type { ScalingDecision } from './decision.ts';

export interface LoggedDecision extends ScalingDecision {
  /** Wall-clock ms since the epoch: the first time. */
  readonly at: number;
  /** Wall-clock ms since the epoch: the latest time. */
  readonly lastAt: number;
  /** How many ticks in a row came out like this; the reason is that of the latest. */
  readonly times: number;
}

/** The latest decisions, oldest first. Holding for the same cause tick after tick is one entry. */
export class DecisionLog {
  readonly #size: number;
  #entries: LoggedDecision[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  get entries(): readonly LoggedDecision[] {
    return [...this.#entries];
  }

  /** Returns whether this decision differs from the one before. */
  add(decision: ScalingDecision, at: number): boolean {
    const last = this.#entries.at(-1);
    if (last !== undefined && isSame(last, decision)) {
      this.#entries[this.#entries.length - 1] = {
        ...decision,
        at: last.at,
        lastAt: at,
        times: last.times + 1,
      };
      return false;
    }
    this.#entries.push({ ...decision, at, lastAt: at, times: 1 });
    if (this.#entries.length > this.#size) this.#entries.shift();
    return true;
  }
}

function isSame(one: ScalingDecision, other: ScalingDecision): boolean {
  return (
    one.action === other.action &&
    one.cause === other.cause &&
    one.from === other.from &&
    one.to === other.to &&
    one.instead?.to === other.instead?.to
  );
}
