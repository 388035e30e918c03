import { Call } from './call.ts';
import type { TimeoutError } from './timeout-error.ts';

/** A call that has to settle by an instant, and its own place in the queue of those that wait. */
export class TimedCall<T> extends Call<T> {
  /** Monotonic, ms. */
  readonly dueAt: number;
  /** Settles the execution early; undefined where it waits for the operation. */
  reject: ((error: unknown) => void) | undefined = undefined;
  timeout: TimeoutError | undefined = undefined;
  isQueued = false;
  before: TimedCall<unknown> | undefined = undefined;
  after: TimedCall<unknown> | undefined = undefined;

  constructor(call: Call<T>, dueAt: number) {
    const { deadline } = call;
    super(
      call.operation,
      call.attempt,
      deadline !== undefined && deadline < dueAt ? deadline : dueAt,
      call,
      call.trail,
      call.key,
    );
    this.dueAt = dueAt;
  }
}
