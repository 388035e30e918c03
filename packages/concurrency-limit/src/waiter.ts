import type { Call, Next } from '@chimera/policy';
import type { Place } from './wait-queue.ts';

/** A call that waits for a permit. */
export interface Waiter extends Place {
  readonly call: Call<unknown>;
  readonly next: Next;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
  stopListening: (() => void) | undefined;
}

export function newWaiter(
  call: Call<unknown>,
  next: Next,
  priority: number,
  queuedAt: number,
): Waiter {
  return {
    priority,
    queuedAt,
    call,
    next,
    resolve: nothing,
    reject: nothing,
    stopListening: undefined,
    before: undefined,
    after: undefined,
  };
}

function nothing(): void {}
