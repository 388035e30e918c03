import { CircuitBreaker, trip } from '@chimera/circuit-breaker';
import * as cockatiel from 'cockatiel';
import CircuitBreakerOfOpossum from 'opossum';
import { fails, succeeds } from '../operations.ts';
import { failing, type Scenario } from '../scenario.ts';

const openForMs = 3_600_000;

const chimera = new CircuitBreaker({ openFor: openForMs });
trip(chimera);
const ofCockatiel = cockatiel.circuitBreaker(cockatiel.handleAll, {
  halfOpenAfter: openForMs,
  breaker: new cockatiel.ConsecutiveBreaker(1),
});
await ofCockatiel.execute(fails).catch(() => {});
const ofOpossum = new CircuitBreakerOfOpossum(succeeds, {
  timeout: false,
  resetTimeout: openForMs,
});
ofOpossum.open();

export const breakerOpen: Scenario = {
  letter: 'e',
  title: 'breaker open: the refusal',
  floor: failing('reject', () => fails()),
  candidates: [
    failing('chimera', () => chimera.execute(succeeds)),
    failing('cockatiel', () => ofCockatiel.execute(succeeds)),
    failing('opossum', () => ofOpossum.fire()),
  ],
};
