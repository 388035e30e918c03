import {
  type Call,
  type Clock,
  invoke,
  type Listener,
  Listeners,
  type Next,
  type RejectionError,
  systemClock,
} from '@chimera/policy';
import { type Answered, heldRun } from './held-run.ts';
import type { LimitEvent, RefusalReason } from './limit-event.ts';

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

/** Where calls wait for a permit. A gate without one refuses them. */
export interface Room {
  /** How many wait. */
  readonly size: number;
  /** Whoever has waited longest. */
  readonly oldest: { readonly queuedAt: number } | undefined;
  /** Runs the call when its turn comes; undefined when there is no space left. */
  wait<T>(call: Call<T>, next: Next, priority: number | undefined): Promise<T> | undefined;
  /** Gives the permits that are free to those whose turn it is. */
  admitNext(): void;
  /** Refuses everybody who waits now; not those who come because of it. */
  clear(): void;
}

/** Makes the room of a gate. */
export type Queueing = (gate: Gate) => Room;

/**
 * Permits, and the room for those that wait for one, if there is any: what `Bulkhead` and
 * `AdaptiveLimit` have in common. Nobody waits while a permit is free, so a newcomer never
 * overtakes; a permit that is given back goes to the next in the queue at once.
 */
export class Gate {
  readonly name: string;
  readonly clock: Clock;
  readonly room: Room | undefined;
  readonly #Refusal: Refusal;
  readonly #watch: Watch | undefined;
  readonly #listeners: Listeners<LimitEvent> = new Listeners();
  // Written by the gate alone.
  limit: number;
  inFlight = 0;

  constructor(
    name: string,
    limit: number,
    queueing: Queueing | undefined,
    refusal: Refusal,
    { clock = systemClock, onEvent }: GateDeps,
    watch?: Watch,
  ) {
    this.name = name;
    this.clock = clock;
    this.limit = limit;
    this.room = queueing?.(this);
    this.#Refusal = refusal;
    this.#watch = watch;
    if (onEvent !== undefined) this.subscribe(onEvent);
  }

  get queued(): number {
    return this.room?.size ?? 0;
  }

  subscribe(listener: Listener<LimitEvent>): () => void {
    return this.#listeners.subscribe(listener);
  }

  /** Runs the call, now or when its turn comes. */
  run<T>(call: Call<T>, next: Next, priority?: number): Promise<T> {
    if (call.aborted) return Promise.reject(call.abortReason);
    if (this.tryEnter()) return this.begin(call, next);
    return (
      this.room?.wait(call, next, priority) ?? Promise.reject(this.refusal(call, 'queue full'))
    );
  }

  /** Takes a permit if one is free, and nobody is about to be given it. */
  tryEnter(): boolean {
    const isFree = this.inFlight < this.limit && this.queued === 0;
    if (isFree) this.give();
    return isFree;
  }

  /** Gives a permit back. */
  leave(): void {
    this.inFlight -= 1;
    if (this.#listeners.isHeard) this.tell({ type: 'released', inFlight: this.inFlight });
    this.room?.admitNext();
  }

  /** Takes effect at once. Permits that are held stay held: under a smaller limit, none is given until enough came back. */
  resize(to: number): void {
    const from = this.limit;
    if (from === to) return;
    this.limit = to;
    this.tell({ type: 'resized', from, to });
    this.room?.admitNext();
  }

  /** Gives a permit to a newcomer, or to whoever has waited for it since then. */
  give(since?: number): void {
    this.inFlight += 1;
    if (!this.#listeners.isHeard) return;
    const waitedMs = since === undefined ? 0 : this.clock.monotonic() - since;
    this.tell({ type: 'admitted', waitedMs, inFlight: this.inFlight });
  }

  /** Runs a call that has been given a permit. */
  begin<T>(call: Call<T>, next: Next): Promise<T> {
    return next === invoke && this.#watch === undefined
      ? invoke(call).then(this.#passValue, this.#passError)
      : heldRun(call, next, this, this.#watch?.(call));
  }

  refusal(call: Call<unknown>, reason: RefusalReason): RejectionError {
    const error = new this.#Refusal(this.name, reason, this.inFlight, this.queued);
    this.tell({ type: 'rejected', reason });
    call.trail?.push({ policy: this.name, action: 'reject', reason: error.message });
    return error;
  }

  tell(event: Told<LimitEvent>): void {
    if (this.#listeners.isHeard)
      this.#listeners.emit({ ...event, policy: this.name, at: this.clock.now() });
  }

  // Arrow functions: made once, handed to every call.
  readonly #passValue = <T>(value: T): T => {
    this.leave();
    return value;
  };

  readonly #passError = (error: unknown): never => {
    this.leave();
    throw error;
  };
}
