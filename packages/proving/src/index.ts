export { type Checked, checkPolicy, type CheckOptions, replay } from './check/check-policy.ts';
export { type Claim, claim, prove } from './check/claim.ts';
export type { Answer, History, Seen, Status } from './check/history.ts';
export { perform } from './check/perform.ts';
export { ProofError } from './check/proof-error.ts';
export { decode, encode, type Proof } from './check/prv.ts';
export {
  breaker,
  type BreakerRules,
  bulkhead,
  type BulkheadRules,
  type Kind,
  rateLimit,
  type RateLimitRules,
  retry,
  type RetryRules,
  type Rules,
  timeout,
  type TimeoutRules,
} from './check/rules.ts';
export { isExcluded, StagedError, type StagedResult } from './check/staged.ts';
export type { Attempt, Ending, Program, Step } from './check/step.ts';
export type { CallSettings, Create, Executes, Subject, Work } from './check/subject.ts';
export { timeline } from './check/timeline.ts';
export { exhaust, type Exhausted, type ExhaustOptions, type Machine } from './exhaust/exhaust.ts';
export type { Breach, HistoryLaw, Law, TwinLaw } from './laws/law.ts';
export { allLaws, lawsOf } from './laws/laws-of.ts';
export { delayBounds } from './model/naive-delay.ts';
export { NaiveBreaker, type NaiveCall } from './model/naive-breaker.ts';
export { NaiveQueue } from './model/naive-queue.ts';
export { NaiveRateLimit } from './model/naive-rate-limit.ts';
export { runTwice, type Twice } from './world/run-twice.ts';
export { type LeakReport, World, world, type WorldOptions } from './world/world.ts';
