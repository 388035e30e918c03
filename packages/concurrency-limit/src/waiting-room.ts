import type { Call, Next, Timer } from '@chimera/policy';
import type { Gate, Queueing, Room } from './gate.ts';
import type { RefusalReason } from './limit-event.ts';
import { levelOf, type QueueOptions, type QueueRules, queueRules } from './queue-options.ts';
import { WaitQueue } from './wait-queue.ts';
import { newWaiter, type Waiter } from './waiter.ts';

/** Lets calls wait; a bundle holds what that takes only where it is used. */
export function waitingRoom(options: QueueOptions = {}): Queueing {
  const rules = queueRules(options);
  return (gate) => new WaitingRoom(gate, rules);
}

/**
 * Where calls wait for a permit of a gate. They leave by a permit, an abort or a refusal. A timer
 * runs only while somebody waits who may not do so for ever.
 */
class WaitingRoom implements Room {
  readonly #gate: Gate;
  readonly #rules: QueueRules;
  readonly #queue: WaitQueue<Waiter>;
  #burstAt: number | undefined = undefined;
  #expiry: Timer | undefined = undefined;

  constructor(gate: Gate, rules: QueueRules) {
    this.#gate = gate;
    this.#rules = rules;
    this.#queue = new WaitQueue(rules.ageingMs);
  }

  get size(): number {
    return this.#queue.size;
  }

  get oldest(): Waiter | undefined {
    return this.#queue.oldest;
  }

  wait<T>(call: Call<T>, next: Next, priority: number | undefined): Promise<T> | undefined {
    const gate = this.#gate;
    const { maxQueue, maxWaitMs, priorityOf } = this.#rules;
    if (this.size >= maxQueue) return undefined;
    const waiter = newWaiter(call, next, priority ?? levelOf(call, priorityOf), this.#burstTime());
    const promise = new Promise<T>((resolve, reject) => {
      // It is given what the call itself answers.
      waiter.resolve = resolve as (value: unknown) => void;
      waiter.reject = reject;
    });
    this.#queue.push(waiter);
    const queued = this.size;
    if (call.isAbortable) this.#listen(waiter);
    if (maxWaitMs < Infinity) this.#expiry ??= gate.clock.setTimer(this.#expire, maxWaitMs);
    call.trail?.push({
      policy: gate.name,
      action: 'wait',
      reason: `no permit is free (limit ${gate.limit}); ${queued - 1} were waiting`,
    });
    gate.tell({ type: 'queued', priority: waiter.priority, queued });
    return promise;
  }

  admitNext(): void {
    const gate = this.#gate;
    while (gate.inFlight < gate.limit) {
      const waiter = this.#queue.next;
      if (waiter === undefined) return;
      const { call, next, queuedAt } = waiter;
      if (call.deadline !== undefined && call.deadline <= gate.clock.monotonic()) {
        this.#turnAway(waiter, 'deadline passed');
        continue;
      }
      this.#dismiss(waiter);
      gate.give(queuedAt);
      gate.begin(call, next).then(waiter.resolve, waiter.reject);
    }
  }

  clear(): void {
    const cleared: Waiter[] = [];
    for (let { next } = this.#queue; next !== undefined; { next } = this.#queue) {
      this.#dismiss(next);
      cleared.push(next);
    }
    for (const waiter of cleared) this.#refuse(waiter, 'cleared');
  }

  #turnAway(waiter: Waiter, reason: RefusalReason): void {
    this.#dismiss(waiter);
    this.#refuse(waiter, reason);
  }

  #refuse({ call, reject }: Waiter, reason: RefusalReason): void {
    reject(this.#gate.refusal(call, reason));
  }

  // Apart from its caller, which thus makes no closure for a call that cannot be aborted.
  #listen(waiter: Waiter): void {
    waiter.stopListening = waiter.call.onAbort((reason) => {
      this.#dismiss(waiter);
      waiter.reject(reason);
    });
  }

  /** Takes somebody out of the queue. */
  #dismiss(waiter: Waiter): void {
    this.#queue.remove(waiter);
    waiter.stopListening?.();
    if (this.size > 0) return;
    this.#expiry?.cancel();
    this.#expiry = undefined;
  }

  /** Calls that are queued in one go are queued at one time: reading the clock costs as much as the rest. */
  #burstTime(): number {
    if (this.#burstAt === undefined) {
      this.#burstAt = this.#gate.clock.monotonic();
      queueMicrotask(this.#endBurst);
    }
    return this.#burstAt;
  }

  // Arrow functions: made once, handed to every timer.
  readonly #expire = (): void => {
    this.#expiry = undefined;
    const { clock } = this.#gate;
    for (let { oldest } = this; oldest !== undefined; { oldest } = this) {
      const leftMs = oldest.queuedAt + this.#rules.maxWaitMs - clock.monotonic();
      if (leftMs > 0) {
        this.#expiry ??= clock.setTimer(this.#expire, leftMs);
        return;
      }
      this.#turnAway(oldest, 'waited too long');
    }
  };

  readonly #endBurst = (): void => {
    this.#burstAt = undefined;
  };
}
