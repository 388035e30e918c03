import { performance } from 'node:perf_hooks';
import type { SignalSource } from './signal-source.ts';

/** Share of the time since the last reading in which the event loop had something to do. */
export function eventLoopUtilization(): SignalSource {
  let last = performance.eventLoopUtilization();
  return {
    name: 'eventLoopUtilization',
    read: () => {
      const now = performance.eventLoopUtilization();
      const { idle, active, utilization } = performance.eventLoopUtilization(now, last);
      // Two readings at one instant have no share.
      if (idle + active <= 0) return undefined;
      last = now;
      return utilization;
    },
  };
}
