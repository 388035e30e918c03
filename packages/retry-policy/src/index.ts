export {
  type Backoff,
  type BackoffStep,
  type CappedOptions,
  constant,
  exponential,
  type ExponentialOptions,
  fibonacci,
  type GrowthOptions,
  linear,
  type SpreadOptions,
} from './backoff.ts';
export { decideRetry, type FailedAttempt } from './decide-retry.ts';
export type { RetryDecision, RetryReason, StopReason } from './decide.ts';
export {
  decorrelated,
  type DecorrelatedOptions,
  smoothDecorrelated,
} from './decorrelated-backoff.ts';
export {
  anyOf,
  type ErrorClass,
  type ErrorTest,
  hasCode,
  inPhase,
  isInstance,
} from './error-test.ts';
export { elapsed, type ElapsedLimit } from './elapsed.ts';
export { InFlightBudget, type InFlightBudgetOptions } from './in-flight-budget.ts';
export { equalJitter, fullJitter, type Jitter } from './jitter.ts';
export type { RetryOptions } from './options.ts';
export { type DelayHint, retryAfter, type RetryAfterOptions } from './retry-after.ts';
export { parseRetryAfter, readRetryAfter } from './read-retry-after.ts';
export { QuotaBudget, type QuotaBudgetOptions } from './quota-budget.ts';
export type { RetryBudget } from './retry-budget.ts';
export type { RetryEvent } from './retry-event.ts';
export { type RetryDeps, RetryPolicy } from './retry-policy.ts';
export { WindowBudget, type WindowBudgetOptions } from './window-budget.ts';
export type { HedgeEvent } from './hedge-event.ts';
export { HedgeLostError } from './hedge-lost-error.ts';
export { type HedgeDeps, type HedgeOptions, HedgePolicy } from './hedge-policy.ts';
export type { DisposeFailed, DisposeOptions, DisposeResult } from './discard.ts';
export { type Unwanted, unwanted } from './unwanted.ts';
export { UnwantedResult } from './unwanted-result.ts';
export { type AttemptBound, within } from './within.ts';
