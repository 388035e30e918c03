export {
  Bulkhead,
  type BulkheadCallOptions,
  type BulkheadDeps,
  type BulkheadOptions,
  type BulkheadSnapshot,
} from './bulkhead.ts';
export { BulkheadFullError } from './bulkhead-full-error.ts';
export type { LimitEvent, RefusalReason } from './limit-event.ts';
export type { Permit } from './permit.ts';
export type { QueuedCall, QueueOptions } from './queue-options.ts';
export {
  cubicGrowth,
  cubicRate,
  type CubicRateOptions,
  type CubicRateState,
} from './cubic-rate.ts';
export { isThrottling } from './is-throttling.ts';
export {
  RateLimit,
  type RateLimitDeps,
  type RateLimitOptions,
  type RateLimitSnapshot,
} from './rate-limit.ts';
export { RateLimitedError } from './rate-limited-error.ts';
export type { RateLimitEvent } from './rate-limit-event.ts';
export type { RateRule } from './rate-rule.ts';
export {
  type CallBucket,
  slidingWindow,
  type SlidingWindowOptions,
  type SlidingWindowState,
} from './sliding-window.ts';
export { tokenBucket, type TokenBucketOptions, type TokenBucketState } from './token-bucket.ts';
