export { Call } from './call.ts';
export { ChurnMap } from './churn-map.ts';
export type { Clock, Random, Time, Timer } from './clock.ts';
export { closestName } from './closest-name.ts';
export { Coalesce, type CoalesceOptions } from './coalesce.ts';
export type { Decision } from './decision.ts';
export { type Duration, parseDuration } from './duration.ts';
export {
  Fallback,
  type FallbackDeps,
  type FallbackEvent,
  type FallbackOptions,
} from './fallback.ts';
export { guarded } from './guarded.ts';
export { type Listener, Listeners } from './listeners.ts';
export { nextMacrotask } from './macrotask.ts';
export type { CallContext, CallOptions, Operation } from './operation.ts';
export {
  choiceOption,
  durationOption,
  integerOption,
  numberOption,
  refuseOption,
} from './option-rules.ts';
export { type AlternativeOf, pipeline } from './pipeline.ts';
export { executeUnder, invoke, type Next, type Policy } from './policy.ts';
export type { Report } from './report.ts';
export { isRejection } from './is-rejection.ts';
export { RejectionError } from './rejection.ts';
export { type Outcome, safe } from './safe.ts';
export { seededRandom } from './seeded-random.ts';
export { systemClock, systemTime } from './system-clock.ts';
export { systemRandom } from './system-random.ts';
export { Timeout, type TimeoutDeps, type TimeoutEvent, type TimeoutOptions } from './timeout.ts';
export { TimeoutError } from './timeout-error.ts';
export { VirtualClock } from './virtual-clock.ts';
