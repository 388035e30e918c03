import {
  type Call,
  type Clock,
  invoke,
  type Listeners,
  type Next,
  type RejectionError,
  type Timer,
} from '@chimera/policy';
import { type Answered, heldRun } from './held-run.ts';
import type { LimitEvent, RefusalReason } from './limit-event.ts';
import type { QueueRules } from './queue-options.ts';
import { highestPriority, type Place, WaitQueue } from './wait-queue.ts';

const defaultPriority = 5;

/** Makes the error of a refusal. */
export type Refuse = (reason: RefusalReason, inFlight: number, queued: number) => RejectionError;

/** Begins to watch a run that has been admitted; what it returns is told how it was answered. */
export type Watch = (call: Call<unknown>) => Answered;

/** A call that waits for a permit; without `next`, for the permit alone. */
interface Waiter extends Place {
  readonly call: Call<unknown>;
  readonly next: Next | undefined;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
  stopListening: (() => void) | undefined;
}

/**
 * Permits, and the queue of those that wait for one: what `Bulkhead` and `AdaptiveLimit` have in
 * common. Nobody waits while a permit is free, so a newcomer never overtakes; a permit that is
 * given back goes to the next in the queue at once.
 */
export class Gate {
  readonly #name: string;
  readonly #rules: QueueRules;
  readonly #refuse: Refuse;
  readonly #clock: Clock;
  readonly #listeners: Listeners<LimitEvent>;
  readonly #watch: Watch | undefined;
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
    clock: Clock,
    listeners: Listeners<LimitEvent>,
    watch?: Watch,
  ) {
    this.#name = name;
    this.#limit = limit;
    this.#rules = rules;
    this.#refuse = refuse;
    this.#clock = clock;
    this.#listeners = listeners;
    this.#watch = watch;
    this.#queue = new WaitQueue(rules.ageingMs);
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
    return oldest === undefined ? 0 : this.#clock.monotonic() - oldest.queuedAt;
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
    if (this.#listeners.isHeard) this.#tellAdmitted(0);
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
    if (this.#listeners.isHeard) {
      const inFlight = this.#inFlight;
      const at = this.#clock.now();
      this.#listeners.emit({ type: 'released', policy: this.#name, at, inFlight });
    }
    this.#admitNext();
  }

  /** Takes effect at once. Permits that are held stay held: under a smaller limit, none is given until enough came back. */
  resize(to: number): void {
    const from = this.#limit;
    if (from === to) return;
    this.#limit = to;
    if (this.#listeners.isHeard) {
      const at = this.#clock.now();
      this.#listeners.emit({ type: 'resized', policy: this.#name, at, from, to });
    }
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
    const waiter: Waiter = {
      priority: priority ?? this.#priorityOf(call),
      queuedAt: this.#burstTime(),
      call,
      next,
      resolve: nothing,
      reject: nothing,
      stopListening: undefined,
      before: undefined,
      after: undefined,
      isTaken: false,
    };
    const result = new Promise<T>((resolve, reject) => {
      // It is given what the call itself answers.
      waiter.resolve = resolve as (value: unknown) => void;
      waiter.reject = reject;
    });
    this.#queue.push(waiter);
    this.#expect(waiter);
    return result;
  }

  #priorityOf({ key, attempt, deadline }: Call<unknown>): number {
    const { priorityOf } = this.#rules;
    if (priorityOf === undefined) return defaultPriority;
    const priority = priorityOf({ key, attempt, deadline });
    return Number.isNaN(priority)
      ? defaultPriority
      : Math.round(Math.min(highestPriority, Math.max(0, priority)));
  }

  /** What follows once a waiter stands in the queue. */
  #expect(waiter: Waiter): void {
    const { call, priority } = waiter;
    if (call.isAbortable) this.#listen(waiter);
    const { maxWaitMs } = this.#rules;
    if (maxWaitMs < Infinity && this.#expiry === undefined) this.#expireIn(maxWaitMs);
    const queued = this.#queue.size;
    call.trail?.push({
      policy: this.#name,
      action: 'wait',
      reason: `no permit is free (limit ${this.#limit}); ${queued - 1} were waiting`,
    });
    if (this.#listeners.isHeard) {
      const at = this.#clock.now();
      this.#listeners.emit({ type: 'queued', policy: this.#name, at, priority, queued });
    }
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
      if (deadline !== undefined && deadline <= this.#clock.monotonic()) {
        this.#turnAway(waiter, 'deadline passed');
        continue;
      }
      waiter.stopListening?.();
      this.#inFlight += 1;
      if (this.#listeners.isHeard) {
        this.#tellAdmitted(this.#clock.monotonic() - waiter.queuedAt);
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
    if (this.#listeners.isHeard) {
      const at = this.#clock.now();
      this.#listeners.emit({ type: 'rejected', policy: this.#name, at, reason });
    }
    call.trail?.push({ policy: this.#name, action: 'reject', reason: error.message });
    return error;
  }

  #hold<T>(call: Call<T>, next: Next): Promise<T> {
    return heldRun(call, next, this.#leave, this.#watch?.(call));
  }

  #expireIn(delayMs: number): void {
    this.#expiry = this.#clock.setTimer(() => this.#expire(), delayMs);
  }

  #expire(): void {
    this.#expiry = undefined;
    const now = this.#clock.monotonic();
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

  #tellAdmitted(waitedMs: number): void {
    const inFlight = this.#inFlight;
    const at = this.#clock.now();
    this.#listeners.emit({ type: 'admitted', policy: this.#name, at, waitedMs, inFlight });
  }

  /** Calls that are queued in one go are queued at one time: reading the clock costs as much as the rest. */
  #burstTime(): number {
    if (this.#burstAt === undefined) {
      this.#burstAt = this.#clock.monotonic();
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

function nothing(): void {}
