import { CircuitBreaker, timeWindow } from '@chimera/circuit-breaker';
import * as cockatiel from 'cockatiel';
import CircuitBreakerOfOpossum from 'opossum';
import { succeeds } from '../operations.ts';
import { inTurn, type Scenario } from '../scenario.ts';

const chimera = new CircuitBreaker({ detector: timeWindow({ span: '10s' }) });
const ofCockatiel = cockatiel.circuitBreaker(cockatiel.handleAll, {
  halfOpenAfter: 60_000,
  breaker: new cockatiel.SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
});
const ofOpossum = new CircuitBreakerOfOpossum(succeeds, {
  timeout: false,
  rollingCountTimeout: 10_000,
  rollingCountBuckets: 10,
});

export const breakerWindow: Scenario = {
  letter: 'd',
  title: 'breaker closed, window of 10 s',
  floor: inTurn('await', () => succeeds()),
  candidates: [
    inTurn('chimera', () => chimera.execute(succeeds)),
    inTurn('cockatiel', () => ofCockatiel.execute(succeeds)),
    inTurn('opossum', () => ofOpossum.fire()),
  ],
};
