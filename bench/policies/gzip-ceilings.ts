/** What one import may weigh, bundled and minified with the policy parts that it needs, `gzip -9`. */
export interface Ceiling {
  readonly from: string;
  readonly name: string;
  /** What is aimed at. */
  readonly bar: number;
  /** What is held: the bar where it is met, and else no more than there was when this was written. */
  readonly ceiling: number;
}

export const ceilings: readonly Ceiling[] = [
  { from: '@chimera/retry-policy', name: 'RetryPolicy', bar: 2_500, ceiling: 2_500 },
  { from: '@chimera/circuit-breaker', name: 'CircuitBreaker', bar: 3_500, ceiling: 3_500 },
  { from: '@chimera/concurrency-limit', name: 'Bulkhead', bar: 3_500, ceiling: 3_500 },
  { from: '@chimera/concurrency-limit', name: 'AdaptiveLimit', bar: 3_500, ceiling: 3_500 },
  { from: '@chimera/concurrency-limit', name: 'RateLimit', bar: 3_500, ceiling: 3_500 },
];
