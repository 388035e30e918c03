export { acquire } from './acquire.ts';
export {
  AdaptiveLimit,
  type AdaptiveLimitDeps,
  type AdaptiveLimitOptions,
} from './adaptive-limit.ts';
export { aimd, type AimdOptions } from './aimd.ts';
export {
  Bulkhead,
  type BulkheadCallOptions,
  type BulkheadDeps,
  type BulkheadOptions,
} from './bulkhead.ts';
export { BulkheadFullError } from './bulkhead-full-error.ts';
export type { LimitBoundsOptions } from './limit-bounds.ts';
export type { LimitEvent, RefusalReason } from './limit-event.ts';
export { LimitExceededError } from './limit-exceeded-error.ts';
export type { LimitRule, LimitState, Sample } from './limit-rule.ts';
export type { Permit } from './permit.ts';
export type { QueuedCall, QueueOptions } from './queue-options.ts';
export {
  cubicGrowth,
  cubicRate,
  type CubicRateOptions,
  type CubicRateState,
} from './cubic-rate.ts';
export { gradient2, type Gradient2Options, type Gradient2State } from './gradient2.ts';
export { isThrottling } from './is-throttling.ts';
export { RateLimit, type RateLimitDeps, type RateLimitOptions } from './rate-limit.ts';
export { RateLimitedError } from './rate-limited-error.ts';
export type { RateLimitEvent } from './rate-limit-event.ts';
export type { RateRule } from './rate-rule.ts';
export type { SampledPermit } from './sampled-permit.ts';
export {
  type CallBucket,
  slidingWindow,
  type SlidingWindowOptions,
  type SlidingWindowState,
} from './sliding-window.ts';
export {
  type AdaptiveLimitSnapshot,
  type BulkheadSnapshot,
  type RateLimitSnapshot,
  restore,
  snapshotOf,
} from './snapshot.ts';
export { tokenBucket, type TokenBucketOptions, type TokenBucketState } from './token-bucket.ts';
export { logRoot, vegas, type VegasOptions, type VegasState, type VegasSteps } from './vegas.ts';
export { waitingRoom } from './waiting-room.ts';
export type { Queueing } from './gate.ts';
export { windowed, type WindowedOptions, type WindowedState } from './windowed.ts';
