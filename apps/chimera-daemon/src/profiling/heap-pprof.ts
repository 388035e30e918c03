import type { HeapProfiler } from 'node:inspector';
import { PprofBuilder } from './pprof-builder.ts';
import { type Frame, sourceFrames } from './source-frames.ts';

/** One allocation is sampled of so many bytes, on average: like Go's. */
export const heapIntervalBytes = 524_288;

/** What was allocated while it was looked, and is still in use, by the stack that allocated it. */
export function heapPprof(
  { head }: HeapProfiler.SamplingHeapProfile,
  startedAt: number,
  durationMs: number,
): Promise<Uint8Array> {
  const builder = new PprofBuilder({
    sampleTypes: [{ type: 'inuse_space', unit: 'bytes' }],
    periodType: { type: 'space', unit: 'bytes' },
    period: heapIntervalBytes,
    startedAt,
    durationMs,
    readFrame: sourceFrames(),
  });
  const left: { node: HeapProfiler.SamplingHeapProfileNode; stack: readonly Frame[] }[] = [
    { node: head, stack: [] },
  ];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { node, stack } = next;
    if (node.selfSize > 0)
      builder.add(stack.length > 0 ? stack : [node.callFrame], [node.selfSize]);
    for (const child of node.children)
      left.push({ node: child, stack: [child.callFrame, ...stack] });
  }
  return builder.encoded();
}
