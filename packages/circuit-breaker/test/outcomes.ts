import { tryAcquire } from '@chimera/circuit-breaker';
import type { CircuitBreaker, Permit } from '../src/index.ts';

/** A permit that the test expects to get. */
export function admitted(breaker: CircuitBreaker): Permit {
  const permit = tryAcquire(breaker);
  if (permit === undefined) throw new Error(`not admitted: the breaker is ${breaker.status}`);
  return permit;
}

/** One call after another: S succeeds, F fails, X is ignored. */
export function feed(breaker: CircuitBreaker, outcomes: string): void {
  for (const outcome of outcomes) {
    const permit = admitted(breaker);
    if (outcome === 'S') permit.succeed();
    else if (outcome === 'F') permit.fail(new Error('boom'));
    else permit.ignore();
  }
}

/** A promise that the test settles. */
export function deferred<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
