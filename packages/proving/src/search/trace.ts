import type { Disturbance, Trigger } from '../sim/engine/triggers.ts';

/** What comes and what goes wrong beside an ordinary day, in the order of its beginning; plain JSON. */
export type Trace = readonly Trigger[];

/** Where a search looks for traces. */
export interface TraceSpace {
  readonly kinds: readonly Trigger['kind'][];
  /** How many there are to aim at; 1: only all. */
  readonly shards: number;
  /** The most triggers of a trace. */
  readonly most: number;
  readonly warmUpMs: number;
  readonly traceMs: number;
}

export const triggerKinds: readonly Trigger['kind'][] = [
  'load',
  'latency',
  'errors',
  'capacity',
  'flush',
];

/** Beginnings are looked for at these distances, in ms. */
export const gridMs = 500;

/** All load triggers at once come to so many times the load at most: runs stay short. */
const mostLoad = 10;

/** Every number of a trace is one of these; a smaller trace has the next one below. */
export const rungs: Readonly<
  Record<'forMs' | 'load' | 'latency' | 'addMs' | 'share', readonly number[]>
> = {
  forMs: [
    500, 1_000, 1_500, 2_000, 3_000, 4_000, 5_000, 6_000, 8_000, 10_000, 15_000, 20_000, 30_000,
    45_000, 60_000, 90_000, 120_000, 180_000, 300_000,
  ],
  load: [1.25, 1.5, 1.75, 2, 2.5, 3, 4, 5, 6, 8, 10],
  latency: [1.5, 2, 3, 4, 6, 8, 12, 16, 32],
  addMs: [50, 100, 200, 300, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000, 60_000],
  share: [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
};

/** A trigger with its size on a ladder, and how it is written back. */
interface Sized {
  readonly ladder: readonly number[];
  readonly size: number;
  readonly resized: (size: number) => Disturbance;
}

/** How much a trigger does; undefined for one that only happens or not. */
export function sizeOf(trigger: Trigger): Sized | undefined {
  switch (trigger.kind) {
    case 'load':
      return {
        ladder: rungs.load,
        size: trigger.times,
        resized: (times) => ({ ...trigger, times }),
      };
    case 'latency':
      return trigger.addMs === undefined
        ? {
            ladder: rungs.latency,
            size: trigger.times ?? 1,
            resized: (times) => ({ ...trigger, times }),
          }
        : {
            ladder: rungs.addMs,
            size: trigger.addMs,
            resized: (addMs) => ({ ...trigger, addMs }),
          };
    case 'errors':
      return {
        ladder: rungs.share,
        size: trigger.share,
        resized: (share) => ({ ...trigger, share }),
      };
    case 'capacity':
      return {
        ladder: rungs.share,
        size: trigger.lost,
        resized: (lost) => ({ ...trigger, lost }),
      };
    case 'flush':
      return undefined;
  }
}

/** In the order of time, within the bounds of a space, nothing twice. */
export function tidied(triggers: Trace, { most }: TraceSpace): Trace {
  const kept: Trigger[] = [];
  const seen: Set<string> = new Set();
  let load = 1;
  for (const trigger of triggers) {
    const key = JSON.stringify(trigger);
    const times = trigger.kind === 'load' ? trigger.times : 1;
    if (kept.length === most || seen.has(key) || load * times > mostLoad) continue;
    seen.add(key);
    load *= times;
    kept.push(trigger);
  }
  return kept.toSorted((one, other) => one.fromMs - other.fromMs || orderOf(one) - orderOf(other));
}

function orderOf({ kind }: Trigger): number {
  return triggerKinds.indexOf(kind);
}
