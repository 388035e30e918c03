import { constant, RetryPolicy } from '@chimera/retry-policy';
import { retry as attempt } from '@lifeomic/attempt';
import asyncRetry from 'async-retry';
import * as cockatiel from 'cockatiel';
import { Effect } from 'effect';
import { backOff } from 'exponential-backoff';
import pRetry from 'p-retry';
import { failsFirst } from '../operations.ts';
import { type Scenario, together } from '../scenario.ts';

const inFlight = 256;

const chimera = new RetryPolicy({ maxRetries: 3, backoff: constant(0) });
const ofCockatiel = cockatiel.retry(cockatiel.handleAll, {
  maxAttempts: 3,
  backoff: new cockatiel.ConstantBackoff(0),
});

async function bareLoop(operation: () => Promise<number>): Promise<number> {
  for (let retries = 0; ; retries += 1) {
    try {
      return await operation();
    } catch (error) {
      if (retries === 3) throw error;
    }
  }
}

export const retryTwice: Scenario = {
  letter: 'b',
  title: `two failures, then success, no delay, ${inFlight} in flight`,
  floor: together('bare loop', inFlight, () => bareLoop(failsFirst(2))),
  candidates: [
    together('chimera', inFlight, () => chimera.execute(failsFirst(2))),
    together('@lifeomic/attempt', inFlight, () =>
      attempt(failsFirst(2), { maxAttempts: 4, delay: 0 }),
    ),
    together('p-retry', inFlight, () => pRetry(failsFirst(2), { retries: 3, minTimeout: 0 })),
    together('async-retry', inFlight, () =>
      asyncRetry(failsFirst(2), { retries: 3, minTimeout: 0 }),
    ),
    together('cockatiel', inFlight, () => ofCockatiel.execute(failsFirst(2))),
    together('exponential-backoff', inFlight, () =>
      backOff(failsFirst(2), { numOfAttempts: 4, startingDelay: 0 }),
    ),
    together('effect', inFlight, () =>
      Effect.runPromise(Effect.retry(Effect.tryPromise(failsFirst(2)), { times: 3 })),
    ),
  ],
};
