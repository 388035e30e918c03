export { DegradedError } from './errors.ts';
export {
  type DegradationEvent,
  GracefulDegradation,
  type GracefulDegradationDeps,
} from './graceful-degradation.ts';
export { type DegradationLimits, limitsOf } from './limits.ts';
export type { Mode } from './mode.ts';
export {
  type DegradationSettings,
  degradationSettings,
  type GracefulDegradationOptions,
} from './options.ts';
export type { SignalName, Signals, Thresholds } from './signals.ts';
export { type DegradationState, initialState } from './state.ts';
export { transition } from './transition.ts';
export type { KernelFiles } from './sources/cgroup.ts';
export { type CpuUseOptions, processCpu, sharedCpu } from './sources/cpu-use.ts';
export { eventLoopDelay } from './sources/event-loop-delay.ts';
export { eventLoopUtilization } from './sources/event-loop-utilization.ts';
export { machineSignals, machineSources } from './sources/machine-signals.ts';
export { memoryUse } from './sources/memory-use.ts';
export { pressureStall } from './sources/pressure-stall.ts';
export { readSignals, type SignalSource } from './sources/signal-source.ts';
