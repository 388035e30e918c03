export { CircuitBreaker } from './circuit-breaker.ts';
export type {
  CircuitEvent,
  CircuitRules,
  CircuitState,
  Mode,
  OpenReason,
  Verdict,
} from './circuit-state.ts';
export { type Classify, classifyError } from './classify.ts';
export { consecutive } from './consecutive.ts';
export { CircuitOpenError } from './errors.ts';
export type { CircuitBreakerEvent } from './events.ts';
export type { FailureDetector, SlowCalls, TripReason, WindowCounts } from './failure-detector.ts';
export type { BreakerHealth, CircuitStatus } from './health.ts';
export { growingOpen, type GrowingOpenOptions, type OpenDuration } from './open-duration.ts';
export type { CircuitBreakerDeps, CircuitBreakerOptions } from './options.ts';
export type { Permit } from './permit.ts';
export type { BreakerSnapshot } from './snapshot.ts';
export { initialState, transition, waitMs } from './state.ts';
export { clearedEvery, type ClearedWindow } from './cleared-every.ts';
export { countWindow, type CountWindow, type CountWindowOptions } from './count-window.ts';
export { timeWindow, type TimeWindow, type TimeWindowOptions } from './time-window.ts';
export type { RateOptions } from './rate-threshold.ts';
