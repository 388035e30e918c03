export { configurations } from './arb/configurations.ts';
export type { FastCheck } from './arb/fast-check.ts';
export { latencies, slowDrips } from './arb/latencies.ts';
export { type Latency, quantile } from './arb/latency.ts';
export { arrivals, type Load, peakOf, rateAt } from './arb/load.ts';
export { loads, type LoadOptions } from './arb/loads.ts';
export { outcomes, type Outcome, type OutcomeOptions } from './arb/outcomes.ts';
export { programs } from './arb/programs.ts';
