import { CircuitBreaker } from '@chimera/circuit-breaker';
import { pipeline, Timeout } from '@chimera/policy';
import { RetryPolicy } from '@chimera/retry-policy';
import * as cockatiel from 'cockatiel';
import { Effect } from 'effect';
import * as mollitia from 'mollitia';
import CircuitBreakerOfOpossum from 'opossum';
import pRetry from 'p-retry';
import { fails, succeeds } from '../operations.ts';
import { inTurn, type Scenario } from '../scenario.ts';

const timeoutMs = 10_000;

const chimera = pipeline(
  new RetryPolicy(),
  new CircuitBreaker(),
  new Timeout({ after: timeoutMs }),
);
const readsSignal = ({ signal }: { readonly signal: AbortSignal }) =>
  signal.aborted ? fails() : succeeds();
const ofCockatiel = cockatiel.wrap(
  cockatiel.retry(cockatiel.handleAll, {
    maxAttempts: 3,
    backoff: new cockatiel.ExponentialBackoff(),
  }),
  cockatiel.circuitBreaker(cockatiel.handleAll, {
    halfOpenAfter: 60_000,
    breaker: new cockatiel.ConsecutiveBreaker(5),
  }),
  cockatiel.timeout(timeoutMs, cockatiel.TimeoutStrategy.Aggressive),
);
const ofOpossum = new CircuitBreakerOfOpossum(succeeds, { timeout: timeoutMs });
const ofMollitia = new mollitia.Circuit({
  func: succeeds,
  options: {
    modules: [
      new mollitia.Retry({ attempts: 3, interval: 1_000 }),
      new mollitia.SlidingCountBreaker({ slidingWindowSize: 10 }),
      new mollitia.Timeout({ delay: timeoutMs }),
    ],
  },
});
const ofEffect = Effect.tryPromise(succeeds).pipe(
  Effect.timeout(timeoutMs),
  Effect.retry({ times: 3 }),
);

export const composed: Scenario = {
  letter: 'f',
  title: 'retry + breaker + timeout composed',
  floor: inTurn('await', () => succeeds()),
  candidates: [
    inTurn('chimera', () => chimera.execute(succeeds)),
    inTurn('chimera, signal read', () => chimera.execute(readsSignal)),
    inTurn('cockatiel', () => ofCockatiel.execute(succeeds)),
    inTurn('opossum, no retry', () => ofOpossum.fire()),
    inTurn('p-retry + opossum', () => pRetry(() => ofOpossum.fire(), { retries: 3 })),
    inTurn('mollitia', () => ofMollitia.execute()),
    inTurn('effect, no breaker', () => Effect.runPromise(ofEffect)),
  ],
};
