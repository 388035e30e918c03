export { atMost } from './at-most.ts';
export { isolate, reset, setMode, trip } from './by-hand.ts';
export { CircuitBreaker } from './circuit-breaker.ts';
export type {
  CircuitEvent,
  CircuitRules,
  CircuitState,
  CircuitStatus,
  HalfOpenBound,
  Mode,
  OpenReason,
  TripCause,
  Verdict,
} from './circuit-state.ts';
export { type Classify, classifyError } from './classify.ts';
export { consecutive } from './consecutive.ts';
export { CircuitOpenError } from './errors.ts';
export type { CircuitBreakerEvent } from './events.ts';
export type { FailureDetector, SlowCalls, TripReason, WindowCounts } from './failure-detector.ts';
export { type BreakerHealth, healthOf } from './health.ts';
export {
  growingOpen,
  type GrowingOpenOptions,
  jittered,
  type OpenDuration,
} from './open-duration.ts';
export type { CircuitBreakerDeps, CircuitBreakerOptions } from './options.ts';
export { type Permit, tryAcquire } from './permit.ts';
export { type BreakerSnapshot, restore, snapshotOf } from './snapshot.ts';
export { initialState, waitMs } from './state.ts';
export { transition } from './transition.ts';
export { clearedEvery, type ClearedWindow } from './cleared-every.ts';
export { countWindow, type CountWindow, type CountWindowOptions } from './count-window.ts';
export { timeWindow, type TimeWindow, type TimeWindowOptions } from './time-window.ts';
export type { RateOptions } from './rate-threshold.ts';
export {
  AdaptiveThrottle,
  type AdaptiveThrottleDeps,
  type AdaptiveThrottleOptions,
} from './adaptive-throttle.ts';
export type { BreakerReport, BreakerStateStore, PeerReport } from './breaker-state-store.ts';
export { MemoryBreakerStore } from './memory-breaker-store.ts';
export { quorumOpenMs, type QuorumRules } from './quorum.ts';
export { RecoveryRamp, type RecoveryRampDeps, type RecoveryRampOptions } from './recovery-ramp.ts';
export {
  SharedBreakers,
  type SharedBreakersDeps,
  type SharedBreakersOptions,
} from './shared-breakers.ts';
export { ThrottledError } from './throttled-error.ts';
