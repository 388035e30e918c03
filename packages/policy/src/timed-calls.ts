import type { Clock, Timer } from './clock.ts';
import type { TimedCall } from './timed-call.ts';

/**
 * Calls that all have the same time to settle, so the first to come is the first due: one timer
 * serves them all. It is idle while nothing waits, so it keeps no process alive, and is not set
 * again when it finds nothing.
 */
export class TimedCalls {
  readonly #clock: Clock;
  readonly #afterMs: number;
  readonly #strike: (call: TimedCall<unknown>) => void;
  #first: TimedCall<unknown> | undefined = undefined;
  #last: TimedCall<unknown> | undefined = undefined;
  #timer: Timer | undefined = undefined;

  constructor(clock: Clock, afterMs: number, strike: (call: TimedCall<unknown>) => void) {
    this.#clock = clock;
    this.#afterMs = afterMs;
    this.#strike = strike;
  }

  add(call: TimedCall<unknown>): void {
    call.isQueued = true;
    if (this.#last === undefined) {
      this.#first = call;
      this.#hold();
    } else {
      call.before = this.#last;
      this.#last.after = call;
    }
    this.#last = call;
  }

  remove(call: TimedCall<unknown>): void {
    if (!call.isQueued) return;
    call.isQueued = false;
    const { before, after } = call;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    // A settled call that is kept must not keep its neighbours.
    call.before = undefined;
    call.after = undefined;
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
    for (let call = this.#first; call !== undefined && call.dueAt <= now; call = this.#first) {
      this.remove(call);
      this.#strike(call);
    }
    // A strike may have let a new call in, and with it the timer.
    if (this.#first !== undefined && this.#timer === undefined) this.#set(this.#first.dueAt - now);
  }
}
