export type { Mutant } from './mutants/mutant.ts';
export { RefusedError } from './mutants/refused-error.ts';
export { scoreSuite, type Suite, type SuiteScore } from './mutants/score-suite.ts';
export { SpecimenBreaker } from './mutants/specimen-breaker.ts';
export { SpecimenBulkhead } from './mutants/specimen-bulkhead.ts';
export { SpecimenRateLimit } from './mutants/specimen-rate-limit.ts';
export { SpecimenRetry } from './mutants/specimen-retry.ts';
export { SpecimenTimeout } from './mutants/specimen-timeout.ts';
export { zoo } from './mutants/zoo.ts';
