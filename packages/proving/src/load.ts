export { type Latency, quantile } from './arb/latency.ts';
export { arrivals, type Load, peakOf, rateAt } from './arb/load.ts';
