import { endOf, type Trigger } from '../sim/engine/triggers.ts';
import { gridMs, rungs, sizeOf, type Trace, type TraceSpace } from './trace.ts';

/**
 * All that is smaller than a trace by one change, the bold changes first: without some of its
 * triggers, with one in place of two, with one that is felt by one shard and not by all (however
 * much), that does less, is shorter, or comes sooner.
 */
export function* smallerTraces(trace: Trace, space: TraceSpace): Iterable<Trace> {
  for (let size = trace.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = trace.length - size; from >= 0; from -= size) yield trace.toSpliced(from, size);
  }
  // What the halves skip when their number is no power of two.
  for (const at of trace.keys()) yield trace.toSpliced(at, 1);
  yield* merged(trace);
  for (const [at, trigger] of trace.entries()) {
    for (const smaller of smallerTriggers(trigger, space)) {
      yield trace.with(at, smaller).toSorted((one, other) => one.fromMs - other.fromMs);
    }
  }
}

/** With one trigger in place of two of a kind: as long as both, and as strong as both together. */
function* merged(trace: Trace): Iterable<Trace> {
  for (const [at, one] of trace.entries()) {
    for (const [skipped, other] of trace.slice(at + 1).entries()) {
      const both = together(one, other);
      if (both !== undefined) yield trace.toSpliced(at + 1 + skipped, 1).with(at, both);
    }
  }
}

/** Undefined for two of which not one can be made. */
function together(one: Trigger, other: Trigger): Trigger | undefined {
  const [sized, added] = [sizeOf(one), sizeOf(other)];
  if (one.kind !== other.kind || one.shard !== other.shard) return undefined;
  if (sized === undefined || added === undefined || sized.ladder !== added.ladder) return undefined;
  const size = one.kind === 'load' ? sized.size * added.size : Math.max(sized.size, added.size);
  const rung = sized.ladder.find((each) => each >= size) ?? sized.size;
  return { ...sized.resized(rung), forMs: endOf([one, other]) - one.fromMs };
}

function* smallerTriggers(trigger: Trigger, { shards, warmUpMs }: TraceSpace): Iterable<Trigger> {
  const sized = sizeOf(trigger);
  // What a part of all did, one may have to do in full.
  const [top = 0] = sized?.ladder.slice(-1) ?? [];
  const full = sized !== undefined && top > sized.size ? [sized.resized(top)] : [];
  for (const befalling of shards > 1 ? [trigger, ...full] : []) {
    if (befalling.kind !== 'load' && befalling.shard === undefined)
      yield { ...befalling, shard: 0 };
  }
  if (sized !== undefined) {
    for (const size of below(sized.ladder, sized.size)) yield sized.resized(size);
  }
  if (trigger.kind !== 'flush') {
    for (const forMs of below(rungs.forMs, trigger.forMs)) yield { ...trigger, forMs };
  }
  const late = Math.floor((trigger.fromMs - warmUpMs) / gridMs);
  for (let gap = late; gap >= 1; gap = Math.floor(gap / 2)) {
    yield { ...trigger, fromMs: trigger.fromMs - gap * gridMs };
  }
}

/** The lowest rung, one halfway, …, the one next below. */
function* below(ladder: readonly number[], value: number): Iterable<number> {
  const lower = ladder.filter((rung) => rung < value);
  for (let gap = lower.length; gap >= 1; gap = Math.floor(gap / 2)) {
    const rung = lower[lower.length - gap];
    if (rung !== undefined) yield rung;
  }
}
