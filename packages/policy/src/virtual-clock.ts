import type { Clock, Timer } from './clock.ts';

interface PendingTimer extends Timer {
  readonly at: number;
  readonly callback: () => void;
}

/**
 * A clock that moves only when told to. Timers fire in order of their instant (ties: in order of
 * creation), and everything that a timer sets off settles before the next one fires.
 */
export class VirtualClock implements Clock {
  #monotonic = 0;
  #wall: number;
  #timers: PendingTimer[] = [];

  /** @param startsAt wall-clock ms since the epoch at which this clock begins; default 0. */
  constructor(startsAt = 0) {
    this.#wall = startsAt;
  }

  /** Timers that are set and neither fired nor cancelled: 0 when nothing leaks. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  /** Monotonic instant of the next timer, or undefined when none is set. */
  get nextTimerAt(): number | undefined {
    return this.#timers[0]?.at;
  }

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#monotonic;
  }

  setTimer(callback: () => void, delayMs: number): Timer {
    const timer: PendingTimer = {
      at: this.#monotonic + Math.max(0, delayMs),
      callback,
      cancel: () => this.#remove(timer),
    };
    const index = this.#timers.findIndex((other) => other.at > timer.at);
    this.#timers.splice(index === -1 ? this.#timers.length : index, 0, timer);
    return timer;
  }

  /** Moves both clocks forward by `ms`, firing what falls due on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await settle();
    for (let next = this.#timers[0]; next !== undefined && next.at <= end; next = this.#timers[0]) {
      this.#moveTo(next.at);
      this.#remove(next);
      next.callback();
      await settle();
    }
    this.#moveTo(end);
  }

  /** Fires timers until none is left. Throws when more than `limit` fire: something re-arms itself for ever. */
  async runAll(limit = 100_000): Promise<void> {
    await settle();
    for (let fired = 0; this.#timers[0] !== undefined; fired += 1) {
      if (fired === limit) throw new Error(`VirtualClock: more than ${limit} timers fired`);
      await this.advance(this.#timers[0].at - this.#monotonic);
    }
  }

  /** Moves the wall clock alone, as an operator or NTP would; may be negative. */
  jumpWall(ms: number): void {
    this.#wall += ms;
  }

  #moveTo(at: number): void {
    this.#wall += at - this.#monotonic;
    this.#monotonic = at;
  }

  #remove(timer: PendingTimer): void {
    const index = this.#timers.indexOf(timer);
    if (index !== -1) this.#timers.splice(index, 1);
  }
}

/** One macrotask: every promise reaction that is ready, and those that they make ready, runs first. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(undefined);
  });
}
