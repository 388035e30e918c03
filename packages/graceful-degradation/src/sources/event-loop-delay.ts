import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { SignalSource } from './signal-source.ts';

const resolutionMs = 20;

/** The 99th percentile of how late the event loop ran since the last reading, in ms. */
export function eventLoopDelay(): SignalSource & Disposable {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  return {
    name: 'eventLoopDelayMs',
    read: () => {
      if (histogram.count === 0) return undefined;
      // The histogram holds the time between two samples, so an idle loop measures the resolution.
      const delayMs = histogram.percentile(99) / 1_000_000 - resolutionMs;
      histogram.reset();
      return Math.max(0, delayMs);
    },
    [Symbol.dispose]: () => {
      histogram.disable();
    },
  };
}
