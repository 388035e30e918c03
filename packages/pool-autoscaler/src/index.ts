export { decide, type Decided, type ScalingPolicy } from './decide.ts';
export type { LoggedDecision } from './decision-log.ts';
export type { DecisionCause, ScalingDecision } from './decision.ts';
export { type PoolAutoscalerOptions, scalingPolicy } from './options.ts';
export { PoolAutoscaler, type PoolAutoscalerDeps, type ScalingEvent } from './pool-autoscaler.ts';
export { type Advice, type Pace, type RuleMemory, type ScalingRule, scalingRule } from './rule.ts';
export { threshold, type ThresholdOptions } from './rules/threshold.ts';
export type { PoolSnapshot, Reading, TimedSnapshot } from './snapshot.ts';
export { initialState, type ScalingState } from './state.ts';
