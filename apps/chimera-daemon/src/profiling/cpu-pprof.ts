import type { Profiler } from 'node:inspector';
import { PprofBuilder } from './pprof-builder.ts';
import { sourceFrames } from './source-frames.ts';
import { stacksOf } from './stacks.ts';

/** Samples are taken this often, in µs: like Chrome's. */
export const cpuIntervalUs = 1_000;

/** `profile` as pprof reads it: samples and CPU time of each stack. Waiting for events is left out, for it takes none. */
export function cpuPprof(profile: Profiler.Profile, startedAt: number): Promise<Uint8Array> {
  const builder = new PprofBuilder({
    sampleTypes: [
      { type: 'samples', unit: 'count' },
      { type: 'cpu', unit: 'nanoseconds' },
    ],
    periodType: { type: 'cpu', unit: 'nanoseconds' },
    period: cpuIntervalUs * 1_000,
    startedAt,
    durationMs: (profile.endTime - profile.startTime) / 1_000,
    readFrame: sourceFrames(),
  });
  const stacks = stacksOf(profile.nodes);
  for (const [id, { count, us }] of selfTimes(profile)) {
    const stack = stacks.get(id) ?? [];
    if (stack[0]?.functionName === '(idle)') continue;
    builder.add(stack, [count, Math.round(us * 1_000)]);
  }
  return builder.encoded();
}

interface SelfTime {
  count: number;
  us: number;
}

/** A sample stands for the time until the next one. */
export function selfTimes({
  endTime,
  samples = [],
  startTime,
  timeDeltas = [],
}: Profiler.Profile): ReadonlyMap<number, SelfTime> {
  const times = new Map<number, SelfTime>();
  let at = startTime;
  for (const [index, id] of samples.entries()) {
    at += timeDeltas[index] ?? 0;
    const known = times.get(id) ?? { count: 0, us: 0 };
    known.count += 1;
    // V8 may report samples out of their order.
    known.us += Math.max(0, timeDeltas[index + 1] ?? endTime - at);
    times.set(id, known);
  }
  return times;
}
