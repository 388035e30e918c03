import type { Agenda } from '../engine/agenda.ts';

/** An attempt that has until an instant to end. */
export interface Deadline {
  readonly at: number;
  readonly strike: () => void;
}

/**
 * Deadlines of attempts that all have the same time: they fall due in the order in which they came,
 * so that one event is planned and not one for each. Those that were met are let go at once, or
 * collecting them would cost more than all the rest.
 */
export class DeadlineLine {
  readonly #agenda: Agenda;
  readonly #timeoutMs: number;
  /** In the order of their coming. */
  readonly #line: Set<Deadline> = new Set();
  #isPlanned = false;

  constructor(agenda: Agenda, timeoutMs: number) {
    this.#agenda = agenda;
    this.#timeoutMs = timeoutMs;
  }

  add(strike: () => void): Deadline {
    const deadline = { at: this.#agenda.now + this.#timeoutMs, strike };
    this.#line.add(deadline);
    if (!this.#isPlanned) this.#plan(deadline);
    return deadline;
  }

  remove(deadline: Deadline): void {
    this.#line.delete(deadline);
  }

  #plan(first: Deadline | undefined): void {
    this.#isPlanned = first !== undefined;
    if (first !== undefined) this.#agenda.at(first.at, this.#strike);
  }

  readonly #strike = (): void => {
    for (const deadline of this.#line) {
      if (deadline.at > this.#agenda.now) {
        this.#plan(deadline);
        return;
      }
      this.#line.delete(deadline);
      deadline.strike();
    }
    this.#plan(undefined);
  };
}
