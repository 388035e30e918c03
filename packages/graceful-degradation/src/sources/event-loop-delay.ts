import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { SignalSource } from './signal-source.ts';

const resolutionMs = 20;

/**
 * How late the event loop ran, at the 99th percentile, since the reading before the last one, in ms.
 *
 * Resetting a histogram makes Node drop the sample that is under way, which is the very one that a
 * block before this reading would have produced. So there are two, reset in turn.
 */
export function eventLoopDelay(): SignalSource & Disposable {
  const histograms = [0, 1].map(() => monitorEventLoopDelay({ resolution: resolutionMs }));
  for (const histogram of histograms) histogram.enable();
  return {
    name: 'eventLoopDelayMs',
    read: () => {
      const counted = histograms.filter(({ count }) => count > 0);
      if (counted.length === 0) return undefined;
      const intervalMs = Math.max(...counted.map((each) => each.percentile(99))) / 1_000_000;
      const oldest = histograms.shift();
      if (oldest !== undefined) {
        oldest.reset();
        histograms.push(oldest);
      }
      // A histogram holds the time between two samples, so an idle loop measures the resolution.
      return Math.max(0, intervalMs - resolutionMs);
    },
    [Symbol.dispose]: () => {
      for (const histogram of histograms) histogram.disable();
    },
  };
}
