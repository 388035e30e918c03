import { type Clock, nextMacrotask } from '@chimera/policy';
import { EventHeap, type Happening } from '../../world/event-heap.ts';
import { TimerWatch } from './timer-watch.ts';

/** What is to happen on an agenda; it can be called off. */
export type Planned = Pick<Happening, 'isCancelled'>;

interface Ticks {
  readonly process?: { readonly nextTick?: (callback: () => void) => void };
}

const nextTick = (globalThis as Ticks).process?.nextTick;

/** So often timers and I/O of the process get a turn, for whoever waits beside a simulation. */
const longestBurst = 1_000;

/**
 * The order of a simulation: what is planned happens at its instant, ties in the order in which they
 * were planned. Promises are waited for only after what has said that it touched some (`stir`): a
 * simulation without promises runs at the speed of function calls.
 */
export class Agenda {
  readonly clock: Clock;
  readonly timers: TimerWatch = new TimerWatch();
  readonly #heap: EventHeap = new EventHeap();
  readonly #mostAtOnce: number;
  #now = 0;
  /** Events of this instant so far. */
  #atOnce = 0;
  #order = 0;
  #isStirred = false;
  #turns = 0;

  constructor(mostAtOnce: number) {
    this.#mostAtOnce = mostAtOnce;
    this.clock = {
      now: () => this.#now,
      monotonic: () => this.#now,
      setTimer: (callback, delayMs) => {
        const planned = this.#plan(this.#now + Math.max(0, delayMs), () => {
          this.stir();
          callback();
        });
        return {
          cancel: () => {
            planned.isCancelled = true;
          },
          ref: () => {
            planned.isIdle = false;
          },
          unref: () => {
            planned.isIdle = true;
          },
        };
      },
    };
  }

  /** Ms since the simulation began. */
  get now(): number {
    return this.#now;
  }

  after(delayMs: number, act: () => void): Planned {
    return this.#plan(this.#now + Math.max(0, delayMs), act);
  }

  /** At an instant that is not past: what was computed once falls due at exactly that. */
  at(instant: number, act: () => void): Planned {
    return this.#plan(instant, act);
  }

  /** Says that promises were made or settled: what hangs on them runs before the next event. */
  stir(): void {
    this.#isStirred = true;
  }

  /** Lets what is planned until then happen; ends sooner when only idle timers are left. */
  async run(untilMs: number): Promise<void> {
    for (;;) {
      if (this.#isStirred) {
        this.#isStirred = false;
        await this.#settle();
      }
      const next = this.#heap.next?.isIdle === true ? this.#heap.nextPending : this.#heap.next;
      // What is planned for never is not waited for.
      if (next === undefined || next.at > untilMs || next.at === Infinity) break;
      const first = this.#heap.shift();
      if (first === undefined) break;
      this.#moveTo(first.at);
      first.callback();
    }
    if (untilMs < Infinity) this.#now = untilMs;
  }

  #moveTo(instant: number): void {
    this.#atOnce = instant === this.#now ? this.#atOnce + 1 : 1;
    this.#now = instant;
    if (this.#atOnce <= this.#mostAtOnce) return;
    throw new RangeError(
      `simulate: mostAtOnce must be at least as many as the events of an instant, got ${this.#mostAtOnce} and more at ${instant} ms; give the service, the think of a closed demand or the waits before retries some time`,
    );
  }

  #plan(at: number, callback: () => void): Happening {
    if (Number.isNaN(at)) throw new RangeError('simulation: a delay must be a number, got NaN');
    const happening: Happening = {
      at,
      rank: 0,
      order: this.#order++,
      callback,
      kind: 'timer',
      isIdle: false,
      isCancelled: false,
    };
    this.#heap.push(happening);
    return happening;
  }

  /** A tick of Node.js comes when every promise reaction has run, at a third of a macrotask's cost. */
  async #settle(): Promise<void> {
    this.#turns += 1;
    if (nextTick === undefined || this.#turns % longestBurst === 0) {
      await nextMacrotask();
      this.timers.turnOfOthers();
    } else {
      await new Promise<void>((resolve) => nextTick(resolve));
      this.timers.turn();
    }
  }
}
