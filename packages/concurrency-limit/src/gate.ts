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

/** The class of the error that refuses. */
export type Refusal = new (
  policy: string,
  reason: RefusalReason,
  inFlight: number,
  queued: number,
) => RejectionError;

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
  /** Whoever waits. They come by {@link run}, and go by a permit, an abort or {@link turnAway}. */
  readonly queue: WaitQueue<Waiter>;
  readonly #rules: QueueRules;
  readonly #Refusal: Refusal;
  readonly #watch: Watch | undefined;
  readonly #listeners: Listeners<LimitEvent> = new Listeners();
  #limit: number;
  #inFlight = 0;
  #burstAt: number | undefined = undefined;
  /** Set while somebody waits and may not do so for ever. */
  #expiry: Timer | undefined = undefined;

  constructor(
    name: string,
    limit: number,
    rules: QueueRules,
    refusal: Refusal,
    { clock = systemClock, onEvent }: GateDeps,
    watch?: Watch,
  ) {
    this.name = name;
    this.clock = clock;
    this.#limit = limit;
    this.#rules = rules;
    this.#Refusal = refusal;
    this.#watch = watch;
    this.queue = new WaitQueue(rules.ageingMs);
    if (onEvent !== undefined) this.subscribe(onEvent);
  }

  get limit(): number {
    return this.#limit;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  subscribe(listener: Listener<LimitEvent>): () => void {
    return this.#listeners.subscribe(listener);
  }

  /** Runs the call, now or when its turn comes. Without `next`, the permit outlives it until {@link leave}. */
  run<T>(call: Call<T>, next: Next | undefined, priority?: number): Promise<T> {
    if (call.aborted) return Promise.reject(call.abortReason);
    return this.tryEnter() ? this.#begin(call, next) : this.#wait(call, next, priority);
  }

  /** Takes a permit if one is free. */
  tryEnter(): boolean {
    const isFree = this.#inFlight < this.#limit;
    if (isFree) this.#give();
    return isFree;
  }

  /** Takes effect at once. Permits that are held stay held: under a smaller limit, none is given until enough came back. */
  resize(to: number): void {
    const from = this.#limit;
    if (from === to) return;
    this.#limit = to;
    this.#tell({ type: 'resized', from, to });
    this.#admitNext();
  }

  /** Refuses somebody who waits. */
  turnAway(waiter: Waiter, reason: RefusalReason): void {
    this.#dismiss(waiter);
    waiter.reject(this.#refusal(waiter.call, reason));
  }

  #wait<T>(call: Call<T>, next: Next | undefined, priority: number | undefined): Promise<T> {
    const { maxQueue, maxWaitMs, priorityOf } = this.#rules;
    if (this.queue.size >= maxQueue) return Promise.reject(this.#refusal(call, 'queue full'));
    const waiter = newWaiter(call, next, priority ?? levelOf(call, priorityOf), this.#burstTime());
    const promise = new Promise<T>((resolve, reject) => {
      // It is given what the call itself answers.
      waiter.resolve = resolve as (value: unknown) => void;
      waiter.reject = reject;
    });
    this.queue.push(waiter);
    const queued = this.queue.size;
    if (call.isAbortable) this.#listen(waiter);
    if (maxWaitMs < Infinity) this.#expiry ??= this.clock.setTimer(this.#expire, maxWaitMs);
    call.trail?.push({
      policy: this.name,
      action: 'wait',
      reason: `no permit is free (limit ${this.#limit}); ${queued - 1} were waiting`,
    });
    this.#tell({ type: 'queued', priority: waiter.priority, queued });
    return promise;
  }

  // Apart from its caller, which thus makes no closure for a call that cannot be aborted.
  #listen(waiter: Waiter): void {
    waiter.stopListening = waiter.call.onAbort((reason) => {
      this.#dismiss(waiter);
      waiter.reject(reason);
    });
  }

  #admitNext(): void {
    while (this.#inFlight < this.#limit) {
      const waiter = this.queue.next;
      if (waiter === undefined) return;
      const { call, next, queuedAt } = waiter;
      if (call.deadline !== undefined && call.deadline <= this.clock.monotonic()) {
        this.turnAway(waiter, 'deadline passed');
        continue;
      }
      this.#dismiss(waiter);
      this.#give(queuedAt);
      this.#begin(call, next).then(waiter.resolve, waiter.reject);
    }
  }

  /** Gives a permit to a newcomer, or to whoever has waited for it since then. */
  #give(since?: number): void {
    this.#inFlight += 1;
    if (!this.#listeners.isHeard) return;
    const waitedMs = since === undefined ? 0 : this.clock.monotonic() - since;
    this.#tell({ type: 'admitted', waitedMs, inFlight: this.#inFlight });
  }

  // A method: what every call does is compiled better so than as a field.
  #giveBack(): void {
    this.#inFlight -= 1;
    if (this.#listeners.isHeard) this.#tell({ type: 'released', inFlight: this.#inFlight });
    this.#admitNext();
  }

  /** Takes somebody out of the queue. */
  #dismiss(waiter: Waiter): void {
    this.queue.remove(waiter);
    waiter.stopListening?.();
    if (this.queue.size > 0) return;
    this.#expiry?.cancel();
    this.#expiry = undefined;
  }

  #refusal(call: Call<unknown>, reason: RefusalReason): RejectionError {
    const error = new this.#Refusal(this.name, reason, this.#inFlight, this.queue.size);
    this.#tell({ type: 'rejected', reason });
    call.trail?.push({ policy: this.name, action: 'reject', reason: error.message });
    return error;
  }

  #begin<T>(call: Call<T>, next: Next | undefined): Promise<T> {
    if (next === undefined) return Promise.resolve(call.operation(call));
    return next === invoke && this.#watch === undefined
      ? invoke(call).then(this.#passValue, this.#passError)
      : heldRun(call, next, this.leave, this.#watch?.(call));
  }

  #tell(event: Told<LimitEvent>): void {
    if (this.#listeners.isHeard)
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

  // Arrow functions: made once, handed to every call and timer.
  /** Gives a permit back. */
  readonly leave = (): void => this.#giveBack();

  readonly #expire = (): void => {
    this.#expiry = undefined;
    const { maxWaitMs } = this.#rules;
    for (let { oldest } = this.queue; oldest !== undefined; { oldest } = this.queue) {
      const leftMs = oldest.queuedAt + maxWaitMs - this.clock.monotonic();
      if (leftMs > 0) {
        this.#expiry ??= this.clock.setTimer(this.#expire, leftMs);
        return;
      }
      this.turnAway(oldest, 'waited too long');
    }
  };

  readonly #endBurst = (): void => {
    this.#burstAt = undefined;
  };

  readonly #passValue = <T>(value: T): T => {
    this.#giveBack();
    return value;
  };

  readonly #passError = (error: unknown): never => {
    this.#giveBack();
    throw error;
  };
}
