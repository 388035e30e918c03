import { CircuitBreaker } from '@chimera/circuit-breaker';
import * as cockatiel from 'cockatiel';
import CircuitBreakerOfOpossum from 'opossum';
import { fails } from '../operations.ts';
import { failing, type Scenario } from '../scenario.ts';

/** Never reached, so that the circuit stays closed. */
const threshold = 1e12;

const chimera = new CircuitBreaker({ failureThreshold: threshold });
const ofCockatiel = cockatiel.circuitBreaker(cockatiel.handleAll, {
  halfOpenAfter: 60_000,
  breaker: new cockatiel.ConsecutiveBreaker(threshold),
});
// With percentiles, its default, it sorts every latency of the window at each failure.
const ofOpossum = new CircuitBreakerOfOpossum(fails, {
  timeout: false,
  volumeThreshold: threshold,
  rollingPercentilesEnabled: false,
});

export const breakerFailure: Scenario = {
  letter: 'x',
  title: 'a failure passes through the closed breaker',
  floor: failing('reject', () => fails()),
  candidates: [
    failing('chimera', () => chimera.execute(fails)),
    failing('cockatiel', () => ofCockatiel.execute(fails)),
    failing('opossum', () => ofOpossum.fire()),
  ],
};
