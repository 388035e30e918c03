import { type Random, seededRandom } from '@chimera/policy';
import type { ConformanceLaw } from './scorecard.ts';

/** What an autoscaler is shown; `NaN` is a metric that is not known. */
export interface LoadSeen {
  /** Monotonic ms. */
  readonly at: number;
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
  /** The size that it wants from now on. */
  readonly decide: (seen: LoadSeen) => number;
}

type AutoscalerLaw = ConformanceLaw<AutoscalerUnderTest> & { readonly id: string };

interface Move {
  readonly at: number;
  readonly from: number;
  readonly to: number;
  readonly seen: LoadSeen;
}

const tickMs = 1_000;

/** Plays a demand, a number of busy slots that are wanted at each tick, and writes down what is decided. */
function play(
  { decide, min }: AutoscalerUnderTest,
  ticks: number,
  demand: (tick: number) => number,
  startsAt: number = 0,
): readonly Move[] {
  const moves: Move[] = [];
  let now = min;
  for (let tick = 0; tick < ticks; tick += 1) {
    const wanted = demand(tick);
    const running = Math.min(wanted, now);
    const seen = { at: startsAt + tick * tickMs, size: now, running, queued: wanted - running };
    const to = decide(seen);
    moves.push({ at: seen.at, from: now, to, seen });
    if (Number.isFinite(to)) now = to;
  }
  return moves;
}

/** Steps up and down at random, each held for a while. */
function randomDemand(random: Random, most: number): (tick: number) => number {
  let held = 0;
  let wanted = 0;
  return () => {
    if (held === 0) {
      held = 1 + Math.floor(random() * 90);
      wanted = Math.floor(random() * (most + 1));
    }
    held -= 1;
    return wanted;
  };
}

function told({ at, from, seen, to }: Move): string {
  return `at ${at} ms, ${from} became ${to} with ${seen.running} running and ${seen.queued} queued`;
}

export const autoscalerLaws: readonly AutoscalerLaw[] = [
  {
    id: 'autoscaler-1',
    name: 'the size stays within its bounds, whatever the load',
    check: async (scaler) => {
      const moves = play(scaler, 2_000, randomDemand(seededRandom(1), scaler.max * 3));
      const out = moves.find(({ to }) => !(to >= scaler.min && to <= scaler.max));
      if (out !== undefined) throw new Error(told(out));
    },
  },
  {
    id: 'autoscaler-2',
    name: 'a decision adds or takes a step at most, and two that go the same way are a cooldown apart',
    check: async (scaler) => {
      const last = { up: -Infinity, down: -Infinity };
      for (const move of play(scaler, 2_000, randomDemand(seededRandom(2), scaler.max * 2))) {
        if (move.to === move.from) continue;
        const way = move.to > move.from ? 'up' : 'down';
        const gap = move.at - last[way];
        last[way] = move.at;
        if (Math.abs(move.to - move.from) > scaler.step) throw new Error(told(move));
        if (gap < scaler.cooldownMs) throw new Error(`${told(move)}, ${gap} ms after the last`);
      }
    },
  },
  {
    id: 'autoscaler-3',
    name: 'under a constant load the size comes to rest',
    check: async (scaler) => {
      const { cooldownMs, max, min, step } = scaler;
      const settling = ((max - min) / step + 2) * (cooldownMs / tickMs) * 2 + 60;
      for (let wanted = 0; wanted <= max + 2; wanted += 1) {
        const ticks = Math.ceil(settling * 2);
        const moves = play(scaler, ticks, () => wanted, wanted * ticks * tickMs);
        const restless = moves.slice(Math.ceil(settling)).find(({ from, to }) => from !== to);
        if (restless !== undefined) throw new Error(`for a load of ${wanted}: ${told(restless)}`);
      }
    },
  },
  {
    id: 'autoscaler-6',
    name: 'between its thresholds nothing moves',
    check: async (scaler) => {
      const [low, high] = scaler.deadBand;
      for (let size = scaler.min; size <= scaler.max; size += 1)
        for (let running = 0; running <= size; running += 1) {
          const share = running / size;
          if (share <= low || share >= high) continue;
          const at = (size * 1_000 + running) * scaler.cooldownMs;
          const to = scaler.decide({ at, size, running, queued: 0 });
          if (to !== size) throw new Error(`${running} of ${size} are busy, and it wants ${to}`);
        }
    },
  },
  {
    id: 'autoscaler-9',
    name: 'what is not known moves nothing',
    check: async (scaler) => {
      const size = scaler.min;
      for (const [index, value] of [Number.NaN, Infinity, -1].entries()) {
        const at = index * scaler.cooldownMs * 2;
        const seen = [
          { at, size, running: value, queued: 50 },
          { at: at + 1, size, running: size, queued: value },
        ];
        for (const load of seen) {
          const to = scaler.decide(load);
          if (to !== size)
            throw new Error(`${load.running} run and ${load.queued} wait, and it wants ${to}`);
        }
      }
    },
  },
  {
    id: 'autoscaler-10',
    name: 'a load that stays high has the largest pool after its steps and their cooldowns',
    check: async (scaler) => {
      const { cooldownMs, max, min, step } = scaler;
      const steps = Math.ceil((max - min) / step);
      const ticks = Math.ceil((steps * cooldownMs) / tickMs) + 30;
      const size = play(scaler, ticks, () => max * 3).at(-1)?.to;
      if (size !== max) throw new Error(`after ${ticks * tickMs} ms it has ${size} of ${max}`);
    },
  },
];
