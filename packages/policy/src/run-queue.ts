import type { Clock, Timer } from './clock.ts';
import type { TimedRun } from './timed-run.ts';

/**
 * Runs that all have the same time to settle, so the first to come is the first due: one timer
 * serves them all. It is idle while nothing runs, so it keeps no process alive, and is not set
 * again when it finds nothing.
 */
export class RunQueue {
  readonly #clock: Clock;
  readonly #afterMs: number;
  readonly #strike: (run: TimedRun) => void;
  #first: TimedRun | undefined = undefined;
  #last: TimedRun | undefined = undefined;
  #timer: Timer | undefined = undefined;

  constructor(clock: Clock, afterMs: number, strike: (run: TimedRun) => void) {
    this.#clock = clock;
    this.#afterMs = afterMs;
    this.#strike = strike;
  }

  add(run: TimedRun): void {
    run.isQueued = true;
    if (this.#last === undefined) {
      this.#first = run;
      this.#hold();
    } else {
      run.before = this.#last;
      this.#last.after = run;
    }
    this.#last = run;
  }

  remove(run: TimedRun): void {
    if (!run.isQueued) return;
    run.isQueued = false;
    const { before, after } = run;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    run.before = undefined;
    run.after = undefined;
    if (this.#first === undefined) this.#rest();
  }

  #hold(): void {
    if (this.#timer === undefined) this.#set(this.#afterMs);
    else this.#timer.ref?.();
  }

  #rest(): void {
    if (this.#timer?.unref !== undefined) {
      this.#timer.unref();
      return;
    }
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #set(delayMs: number): void {
    this.#timer = this.#clock.setTimer(() => this.#strikeDue(), delayMs);
  }

  #strikeDue(): void {
    this.#timer = undefined;
    const now = this.#clock.monotonic();
    for (let run = this.#first; run !== undefined && run.dueAt <= now; run = this.#first) {
      this.remove(run);
      this.#strike(run);
    }
    // A strike may have let a new run in, and with it the timer.
    if (this.#first !== undefined && this.#timer === undefined) this.#set(this.#first.dueAt - now);
  }
}
