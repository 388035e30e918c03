import type { Signals } from '../signals.ts';
import { type CpuUseOptions, processCpu, sharedCpu } from './cpu-use.ts';
import { eventLoopDelay } from './event-loop-delay.ts';
import { eventLoopUtilization } from './event-loop-utilization.ts';
import { memoryUse } from './memory-use.ts';
import { pressureStall } from './pressure-stall.ts';
import { readSignals, type SignalSource } from './signal-source.ts';

/** Everything this machine tells about itself. */
export function machineSources(options: CpuUseOptions = {}): readonly SignalSource[] {
  return [
    memoryUse(options),
    processCpu(options),
    sharedCpu(options),
    pressureStall('memory', options),
    pressureStall('cpu', options),
    eventLoopDelay(),
    eventLoopUtilization(),
  ];
}

/** Returns the function that reads all of {@link machineSources} now, for {@link GracefulDegradation.observe}. */
export function machineSignals(options: CpuUseOptions = {}): () => Signals {
  const sources = machineSources(options);
  return () => readSignals(sources);
}
