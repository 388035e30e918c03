export { Chaos, type ChaosDeps, type Injected } from './chaos/chaos.ts';
export { ChaosError } from './chaos/chaos-error.ts';
export type { AgentAnswer, AgentLike } from './chaos/chaotic-agent.ts';
export type { DialectLike } from './chaos/chaotic-dialect.ts';
export { type Fault, faultFor } from './chaos/decide.ts';
export type { FaultKind, FaultPlan, FaultRule } from './chaos/fault-plan.ts';
export { readPlan } from './chaos/read-plan.ts';
