import type { ConformanceLaw } from './scorecard.ts';

/** What an autoscaler is shown; `NaN` is a metric that is not known. */
export interface LoadSeen {
  /** Monotonic ms. */
  readonly at: number;
  /** Slots that there are; those that were ordered and are still to come do not count. */
  readonly size: number;
  readonly running: number;
  readonly queued: number;
}

/** One that has decided nothing yet, and what it promises. */
export interface AutoscalerUnderTest {
  readonly min: number;
  readonly max: number;
  /** Most that one decision adds or takes. */
  readonly step: number;
  /** Between two decisions that go the same way, in ms. */
  readonly cooldownMs: number;
  /** Shares of busy slots at which it never moves: between its thresholds, both ends left out. */
  readonly deadBand: readonly [low: number, high: number];
  /**
   * Share of what is amiss that one decision puts right. The smaller, the later may slots come:
   * after so many cooldowns `d` that it is under 2 · sin(π / (2 (2d + 1))). Default 1: before the
   * next decision.
   */
  readonly gain?: number;
  /** The size that it wants from now on; the size that it is shown leaves things as they are. */
  readonly decide: (seen: LoadSeen) => number;
}

export type AutoscalerLaw = ConformanceLaw<AutoscalerUnderTest> & { readonly id: string };

export interface Move {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly seen: LoadSeen;
}

export const tickMs = 1_000;

export interface Play {
  readonly ticks: number;
  /** Busy slots that are wanted at a tick. */
  readonly demand: (tick: number) => number;
  readonly startsAt?: number;
  /** Slots at first; `min` unless told. */
  readonly from?: number;
  /** Ticks until what was ordered is there, beyond the one that everything takes. */
  readonly lag?: number;
}

/** Plays a demand and writes down what is decided. */
export function play(
  { decide, min }: AutoscalerUnderTest,
  { demand, from = min, lag = 0, startsAt = 0, ticks }: Play,
): readonly Move[] {
  const moves: Move[] = [];
  const coming: number[] = [];
  let now = from;
  let ordered = from;
  for (let tick = 0; tick < ticks; tick += 1) {
    const wanted = demand(tick);
    const running = Math.min(wanted, now);
    const seen = { at: startsAt + tick * tickMs, size: now, running, queued: wanted - running };
    const to = decide(seen);
    moves.push({ at: seen.at, from: now, to, seen });
    if (Number.isFinite(to) && to !== now) ordered = to;
    coming.push(ordered);
    if (coming.length > lag) now = coming.shift() ?? now;
  }
  return moves;
}

/** Ticks after which it has come to rest under a load that stays. */
export function settlingTicks({ cooldownMs, max, min, step }: AutoscalerUnderTest): number {
  return Math.ceil(((max - min) / step + 2) * (cooldownMs / tickMs) * 2 + 60);
}

export function told({ at, from, seen, to }: Move): string {
  return `at ${at} ms, ${from} became ${to} with ${seen.running} running and ${seen.queued} queued`;
}
