import { CircuitBreaker } from '@chimera/circuit-breaker';
import * as cockatiel from 'cockatiel';
import * as mollitia from 'mollitia';
import CircuitBreakerOfOpossum from 'opossum';
import { succeeds } from '../operations.ts';
import { inTurn, type Scenario } from '../scenario.ts';

const chimera = new CircuitBreaker();
const ofCockatiel = cockatiel.circuitBreaker(cockatiel.handleAll, {
  halfOpenAfter: 60_000,
  breaker: new cockatiel.ConsecutiveBreaker(5),
});
const ofOpossum = new CircuitBreakerOfOpossum(succeeds, { timeout: false });
const ofMollitia = new mollitia.Circuit({
  func: succeeds,
  options: { modules: [new mollitia.SlidingCountBreaker({ slidingWindowSize: 10 })] },
});

export const breakerInARow: Scenario = {
  letter: 'c',
  title: 'breaker closed, counting calls',
  floor: inTurn('await', () => succeeds()),
  candidates: [
    inTurn('chimera', () => chimera.execute(succeeds)),
    inTurn('cockatiel', () => ofCockatiel.execute(succeeds)),
    inTurn('opossum', () => ofOpossum.fire()),
    inTurn('mollitia', () => ofMollitia.execute()),
  ],
};
