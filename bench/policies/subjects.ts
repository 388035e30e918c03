/** Code of one library's way of doing something, to be bundled and to be run in a process of its own. */
export interface Subject {
  readonly kind: 'retry' | 'breaker' | 'composed';
  readonly name: string;
  /** One import statement: what a user of it writes. */
  readonly imports: string;
  /** An expression: a new instance, where there are instances. */
  readonly make?: string;
  /** An expression: a call of `instance` with `operation`. */
  readonly call: string;
}

const ofCockatiel = {
  retry: 'retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() })',
  breaker:
    'circuitBreaker(handleAll, { halfOpenAfter: 60_000, breaker: new ConsecutiveBreaker(5) })',
};
const mollitiaBreaker = 'new SlidingCountBreaker({ slidingWindowSize: 10 })';
const mollitiaRetry = 'new Retry({ attempts: 3, interval: 1_000 })';

export const subjects: readonly Subject[] = [
  {
    kind: 'retry',
    name: 'chimera',
    imports: `import { RetryPolicy } from '@chimera/retry-policy';`,
    make: 'new RetryPolicy()',
    call: 'instance.execute(operation)',
  },
  {
    kind: 'retry',
    name: 'cockatiel',
    imports: `import { ExponentialBackoff, handleAll, retry } from 'cockatiel';`,
    make: ofCockatiel.retry,
    call: 'instance.execute(operation)',
  },
  {
    kind: 'retry',
    name: 'mollitia',
    imports: `import { Circuit, Retry } from 'mollitia';`,
    make: `new Circuit({ func: operation, options: { modules: [${mollitiaRetry}] } })`,
    call: 'instance.execute()',
  },
  {
    kind: 'retry',
    name: '@lifeomic/attempt',
    imports: `import { retry } from '@lifeomic/attempt';`,
    call: 'retry(operation, { maxAttempts: 4, delay: 1_000 })',
  },
  {
    kind: 'retry',
    name: 'p-retry',
    imports: `import pRetry from 'p-retry';`,
    call: 'pRetry(operation, { retries: 3 })',
  },
  {
    kind: 'retry',
    name: 'async-retry',
    imports: `import retry from 'async-retry';`,
    call: 'retry(operation, { retries: 3 })',
  },
  {
    kind: 'retry',
    name: 'exponential-backoff',
    imports: `import { backOff } from 'exponential-backoff';`,
    call: 'backOff(operation, { numOfAttempts: 4 })',
  },
  {
    kind: 'retry',
    name: 'effect',
    imports: `import { Effect } from 'effect';`,
    make: 'Effect.retry(Effect.tryPromise(operation), { times: 3 })',
    call: 'Effect.runPromise(instance)',
  },
  {
    kind: 'breaker',
    name: 'chimera',
    imports: `import { CircuitBreaker } from '@chimera/circuit-breaker';`,
    make: 'new CircuitBreaker()',
    call: 'instance.execute(operation)',
  },
  {
    kind: 'breaker',
    name: 'cockatiel',
    imports: `import { circuitBreaker, ConsecutiveBreaker, handleAll } from 'cockatiel';`,
    make: ofCockatiel.breaker,
    call: 'instance.execute(operation)',
  },
  {
    kind: 'breaker',
    name: 'opossum',
    imports: `import CircuitBreaker from 'opossum';`,
    make: 'new CircuitBreaker(operation, { timeout: false })',
    call: 'instance.fire()',
  },
  {
    kind: 'breaker',
    name: 'mollitia',
    imports: `import { Circuit, SlidingCountBreaker } from 'mollitia';`,
    make: `new Circuit({ func: operation, options: { modules: [${mollitiaBreaker}] } })`,
    call: 'instance.execute()',
  },
  {
    kind: 'composed',
    name: 'chimera',
    imports: `import { CircuitBreaker } from '@chimera/circuit-breaker';
      import { pipeline, Timeout } from '@chimera/policy';
      import { RetryPolicy } from '@chimera/retry-policy';`,
    make: `pipeline(new RetryPolicy(), new CircuitBreaker(), new Timeout({ after: 10_000 }))`,
    call: 'instance.execute(operation)',
  },
  {
    kind: 'composed',
    name: 'cockatiel',
    imports: `import {
        circuitBreaker, ConsecutiveBreaker, ExponentialBackoff, handleAll, retry, timeout,
        TimeoutStrategy, wrap,
      } from 'cockatiel';`,
    make: `wrap(${ofCockatiel.retry}, ${ofCockatiel.breaker}, timeout(10_000, TimeoutStrategy.Aggressive))`,
    call: 'instance.execute(operation)',
  },
  {
    kind: 'composed',
    name: 'opossum, no retry',
    imports: `import CircuitBreaker from 'opossum';`,
    make: 'new CircuitBreaker(operation, { timeout: 10_000 })',
    call: 'instance.fire()',
  },
  {
    kind: 'composed',
    name: 'mollitia',
    imports: `import { Circuit, Retry, SlidingCountBreaker, Timeout } from 'mollitia';`,
    make: `new Circuit({ func: operation, options: { modules: [
      ${mollitiaRetry}, ${mollitiaBreaker}, new Timeout({ delay: 10_000 })] } })`,
    call: 'instance.execute()',
  },
  {
    kind: 'composed',
    name: 'effect, no breaker',
    imports: `import { Effect } from 'effect';`,
    make: `Effect.tryPromise(operation).pipe(Effect.timeout(10_000), Effect.retry({ times: 3 }))`,
    call: 'Effect.runPromise(instance)',
  },
];
