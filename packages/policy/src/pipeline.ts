import type { Call } from './call.ts';
import type { Fallback } from './fallback.ts';
import type { CallOptions, Operation } from './operation.ts';
import { executeUnder, invoke, type Next, type Policy } from './policy.ts';

/**
 * What a policy may answer in place of the operation's result. Of a class other than `Fallback` the
 * compiler cannot read it back, so there it is `never`: declare a variable as `Policy<Answer>`.
 */
export type AlternativeOf<P> =
  P extends Fallback<infer Alternative>
    ? Alternative
    : P extends Policy<infer Alternative>
      ? unknown extends Alternative
        ? never
        : Alternative
      : never;

class Pipeline<Alternative> implements Policy<Alternative> {
  readonly policies: readonly Policy<unknown>[];
  readonly #toOperation: Next;

  constructor(policies: readonly Policy<unknown>[]) {
    this.policies = policies.flatMap((policy) =>
      policy instanceof Pipeline ? policy.policies : [policy],
    );
    this.#toOperation = compose(this.policies, invoke);
  }

  execute<T>(operation: Operation<T>, options?: CallOptions): Promise<T | Alternative> {
    return executeUnder<T, Alternative>(this, operation, options);
  }

  run<T>(call: Call<T>, next: Next): Promise<T | Alternative> {
    return next === invoke ? this.#toOperation(call) : compose(this.policies, next)(call);
  }
}

/**
 * Composes policies; the leftmost is outermost. `pipeline(retry, breaker, timeout)` retries calls
 * that each pass the breaker and are each timed.
 */
export function pipeline<const Policies extends readonly Policy<unknown>[]>(
  ...policies: Policies
): Policy<AlternativeOf<Policies[number]>> {
  return new Pipeline<AlternativeOf<Policies[number]>>(policies);
}

function compose(policies: readonly Policy<unknown>[], bottom: Next): Next {
  return policies.reduceRight<Next>(
    (below, policy) => (call) => runSafely(policy, call, below),
    bottom,
  );
}

/** What a policy throws instead of rejecting becomes a rejection: it must not cost those above it what they hold for the call. */
function runSafely<T>(policy: Policy<unknown>, call: Call<T>, below: Next): Promise<T> {
  try {
    // What a policy answers in the result's place is in the type of the pipeline.
    return policy.run(call, below) as Promise<T>;
  } catch (error) {
    return Promise.reject(error);
  }
}
