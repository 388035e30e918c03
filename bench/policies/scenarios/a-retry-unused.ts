import { RetryPolicy } from '@chimera/retry-policy';
import { retry as attempt } from '@lifeomic/attempt';
import asyncRetry from 'async-retry';
import * as cockatiel from 'cockatiel';
import { Effect } from 'effect';
import { backOff } from 'exponential-backoff';
import * as mollitia from 'mollitia';
import pRetry from 'p-retry';
import { succeeds } from '../operations.ts';
import { inTurn, type Scenario } from '../scenario.ts';

const chimera = new RetryPolicy();
const ofCockatiel = cockatiel.retry(cockatiel.handleAll, {
  maxAttempts: 3,
  backoff: new cockatiel.ExponentialBackoff(),
});
const ofMollitia = new mollitia.Circuit({
  func: succeeds,
  options: { modules: [new mollitia.Retry({ attempts: 3, interval: 1_000 })] },
});
const ofEffect = Effect.retry(Effect.tryPromise(succeeds), { times: 3 });

export const retryUnused: Scenario = {
  letter: 'a',
  title: 'retry, first try succeeds',
  floor: inTurn('await', () => succeeds()),
  candidates: [
    inTurn('chimera', () => chimera.execute(succeeds)),
    inTurn('cockatiel', () => ofCockatiel.execute(succeeds)),
    inTurn('@lifeomic/attempt', () => attempt(succeeds, { maxAttempts: 4, delay: 1_000 })),
    inTurn('mollitia', () => ofMollitia.execute()),
    inTurn('async-retry', () => asyncRetry(succeeds, { retries: 3 })),
    inTurn('effect', () => Effect.runPromise(ofEffect)),
    inTurn('exponential-backoff', () => backOff(succeeds, { numOfAttempts: 4 })),
    inTurn('p-retry', () => pRetry(succeeds, { retries: 3 })),
  ],
};
