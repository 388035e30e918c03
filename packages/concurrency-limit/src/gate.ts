import {
  type Call,
  type Clock,
  invoke,
  type Listener,
  Listeners,
  type Next,
  type RejectionError,
  systemClock,
  type Timer,
} from '@chimera/policy';
import { type Answered, heldRun } from './held-run.ts';
import type { LimitEvent, RefusalReason } from './limit-event.ts';
import { levelOf, type QueueRules } from './queue-options.ts';
import { WaitQueue } from './wait-queue.ts';
import { newWaiter, type Waiter } from './waiter.ts';

/** Makes the error of a refusal. */
export type Refuse = (reason: RefusalReason, inFlight: number, queued: number) => RejectionError;

/** Begins to watch a run that has been admitted; what it returns is told how it was answered. */
export type Watch = (call: Call<unknown>) => Answered;

export interface GateDeps {
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Subscribed from the start. */
  readonly onEvent?: Listener<LimitEvent>;
}

/** Without what is the same in all events. */
type Told<Event extends LimitEvent> = Event extends LimitEvent
  ? Omit<Event, 'policy' | 'at'>
  : never;

/**
 * Permits, and the queue of those that wait for one: what `Bulkhead` and `AdaptiveLimit` have in
 * common. Nobody waits while a permit is free, so a newcomer never overtakes; a permit that is
 * given back goes to the next in the queue at once.
 */
export class Gate {
  readonly name: string;
  readonly clock: Clock;
  readonly #rules: QueueRules;
  readonly #refuse: Refuse;
  readonly #watch: Watch | undefined;
  readonly #listeners: Listeners<LimitEvent> = new Listeners();
  readonly #queue: WaitQueue<Waiter>;
  #limit: number;
  #inFlight = 0;
  #burstAt: number | undefined = undefined;
  /** Set while somebody waits and may not do so for ever. */
  #expiry: Timer | undefined = undefined;

  constructor(
    name: string,
    limit: number,
    rules: QueueRules,
    refuse: Refuse,
    { clock = systemClock, onEvent }: GateDeps,
    watch?: Watch,
  ) {
    this.name = name;
    this.clock = clock;
    this.#limit = limit;
    this.#rules = rules;
    this.#refuse = refuse;
    this.#watch = watch;
    this.#queue = new WaitQueue(rules.ageingMs);
    if (onEvent !== undefined) this.subscribe(onEvent);
  }

  get limit(): number {
    return this.#limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** For how long whoever has waited longest has waited, in ms; 0 when nobody waits. */
  get oldestWaitMs(): number {
    const { oldest } = this.#queue;
    return oldest === undefined ? 0 : this.clock.monotonic() - oldest.queuedAt;
  }

  subscribe(listener: Listener<LimitEvent>): () => void {
    return this.#listeners.subscribe(listener);
  }

  run<T>(call: Call<T>, next: Next, priority?: number): Promise<T> {
    if (call.aborted) return Promise.reject(call.abortReason);
    if (this.tryEnter()) {
      return next === invoke && this.#watch === undefined
        ? invoke(call).then<T>(this.#passValue, this.#passError)
        : this.#hold(call, next);
    }
    return this.#wait<T>(call, next, priority);
  }

  /** Takes a permit if one is free. */
  tryEnter(): boolean {
    if (this.#inFlight >= this.#limit) return false;
    this.#inFlight += 1;
    if (this.#listeners.isHeard) {
      this.#tell({ type: 'admitted', waitedMs: 0, inFlight: this.#inFlight });
    }
    return true;
  }

  /** Takes a permit, now or when its turn comes. */
  enter(call: Call<void>, priority?: number): Promise<void> {
    if (call.aborted) return Promise.reject(call.abortReason);
    return this.tryEnter() ? Promise.resolve() : this.#wait(call, undefined, priority);
  }

  /** Gives a permit back. */
  leave(): void {
    this.#inFlight -= 1;
    if (this.#listeners.isHeard) this.#tell({ type: 'released', inFlight: this.#inFlight });
    this.#admitNext();
  }

  /** Takes effect at once. Permits that are held stay held: under a smaller limit, none is given until enough came back. */
  resize(to: number): void {
    const from = this.#limit;
    if (from === to) return;
    this.#limit = to;
    if (this.#listeners.isHeard) this.#tell({ type: 'resized', from, to });
    this.#admitNext();
  }

  /** Refuses everybody who waits now. */
  clear(): void {
    for (let left = this.#queue.size; left > 0; left -= 1) {
      const waiter = this.#queue.shift();
      if (waiter !== undefined) this.#turnAway(waiter, 'cleared');
    }
    this.#restWhenEmpty();
  }

  #wait<T>(call: Call<T>, next: Next | undefined, priority: number | undefined): Promise<T> {
    if (this.#queue.size >= this.#rules.maxQueue) {
      return Promise.reject(this.#refusal(call, 'queue full'));
    }
    const level = priority ?? levelOf(call, this.#rules.priorityOf);
    const waiter = newWaiter(call, next, level, this.#burstTime());
    const result = new Promise<T>((resolve, reject) => {
      // It is given what the call itself answers.
      waiter.resolve = resolve as (value: unknown) => void;
      waiter.reject = reject;
    });
    this.#queue.push(waiter);
    this.#expect(waiter);
    return result;
  }

  /** What follows once a waiter stands in the queue. */
  #expect(waiter: Waiter): void {
    const { call, priority } = waiter;
    if (call.isAbortable) this.#listen(waiter);
    const { maxWaitMs } = this.#rules;
    if (maxWaitMs < Infinity && this.#expiry === undefined) this.#expireIn(maxWaitMs);
    const queued = this.#queue.size;
    call.trail?.push({
      policy: this.name,
      action: 'wait',
      reason: `no permit is free (limit ${this.#limit}); ${queued - 1} were waiting`,
    });
    if (this.#listeners.isHeard) this.#tell({ type: 'queued', priority, queued });
  }

  // Apart from its caller, which thus makes no closure for a call that cannot be aborted.
  #listen(waiter: Waiter): void {
    waiter.stopListening = waiter.call.onAbort((reason) => {
      this.#queue.remove(waiter);
      this.#restWhenEmpty();
      waiter.reject(reason);
    });
  }

  #admitNext(): void {
    while (this.#inFlight < this.#limit) {
      const waiter = this.#queue.shift();
      if (waiter === undefined) return;
      this.#restWhenEmpty();
      const { deadline } = waiter.call;
      if (deadline !== undefined && deadline <= this.clock.monotonic()) {
        this.#turnAway(waiter, 'deadline passed');
        continue;
      }
      waiter.stopListening?.();
      this.#inFlight += 1;
      if (this.#listeners.isHeard) {
        const waitedMs = this.clock.monotonic() - waiter.queuedAt;
        this.#tell({ type: 'admitted', waitedMs, inFlight: this.#inFlight });
      }
      this.#admit(waiter);
    }
  }

  #admit(waiter: Waiter): void {
    const { call, next } = waiter;
    if (next === undefined) {
      waiter.resolve(undefined);
    } else if (next !== invoke || this.#watch !== undefined) {
      this.#hold(call, next).then(waiter.resolve, waiter.reject);
    } else {
      invoke(call).then(
        (value) => {
          this.leave();
          waiter.resolve(value);
        },
        (error: unknown) => {
          this.leave();
          waiter.reject(error);
        },
      );
    }
  }

  #turnAway(waiter: Waiter, reason: RefusalReason): void {
    waiter.stopListening?.();
    waiter.reject(this.#refusal(waiter.call, reason));
  }

  #refusal(call: Call<unknown>, reason: RefusalReason): RejectionError {
    const error = this.#refuse(reason, this.#inFlight, this.#queue.size);
    if (this.#listeners.isHeard) this.#tell({ type: 'rejected', reason });
    call.trail?.push({ policy: this.name, action: 'reject', reason: error.message });
    return error;
  }

  #hold<T>(call: Call<T>, next: Next): Promise<T> {
    return heldRun(call, next, this.#leave, this.#watch?.(call));
  }

  #expireIn(delayMs: number): void {
    this.#expiry = this.clock.setTimer(() => this.#expire(), delayMs);
  }

  #expire(): void {
    this.#expiry = undefined;
    const now = this.clock.monotonic();
    const { maxWaitMs } = this.#rules;
    for (let { oldest } = this.#queue; oldest !== undefined; { oldest } = this.#queue) {
      const leftMs = oldest.queuedAt + maxWaitMs - now;
      if (leftMs > 0) {
        if (this.#expiry === undefined) this.#expireIn(leftMs);
        return;
      }
      this.#queue.remove(oldest);
      this.#turnAway(oldest, 'waited too long');
    }
  }

  #restWhenEmpty(): void {
    if (this.#expiry === undefined || this.#queue.size > 0) return;
    this.#expiry.cancel();
    this.#expiry = undefined;
  }

  #tell(event: Told<LimitEvent>): void {
    this.#listeners.emit({ ...event, policy: this.name, at: this.clock.now() });
  }

  /** Calls that are queued in one go are queued at one time: reading the clock costs as much as the rest. */
  #burstTime(): number {
    if (this.#burstAt === undefined) {
      this.#burstAt = this.clock.monotonic();
      queueMicrotask(this.#endBurst);
    }
    return this.#burstAt;
  }

  // Arrow functions: made once, handed to every call.
  readonly #endBurst = (): void => {
    this.#burstAt = undefined;
  };

  readonly #leave = (): void => this.leave();

  readonly #passValue = <T>(value: T): T => {
    this.leave();
    return value;
  };

  readonly #passError = (error: unknown): never => {
    this.leave();
    throw error;
  };
}
