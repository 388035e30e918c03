import { type Random, seededRandom } from '@chimera/policy';
import type { Arrival, Load } from './arrival.ts';

const hourMs = 3_600_000;

interface LoadShape {
  readonly name: string;
  readonly hours: number;
  readonly meanServiceMs: number;
  /** Slots' worth of work that arrives at this instant. */
  readonly demandAt: (at: number, random: Random) => number;
}

/** Poisson arrivals whose rate follows the shape, with exponential service times. */
function generated({ name, hours, meanServiceMs, demandAt }: LoadShape, seed: number): Load {
  const random = seededRandom(seed);
  const arrivals: Arrival[] = [];
  const stepMs = 1_000;
  for (let from = 0; from < hours * hourMs; from += stepMs) {
    const perMs = demandAt(from, random) / meanServiceMs;
    if (perMs <= 0) continue;
    for (let at = from + gap(perMs, random); at < from + stepMs; at += gap(perMs, random)) {
      arrivals.push({ at, serviceMs: gap(1 / meanServiceMs, random) });
    }
  }
  return { name, model: `exponential service, mean ${meanServiceMs / 1_000} s`, arrivals };
}

function gap(perMs: number, random: Random): number {
  return -Math.log(1 - random()) / perMs;
}

/** Two days of office hours: hardly anything at night, up to 8 slots' worth in the afternoon. */
export function diurnalLoad(seed = 1): Load {
  return generated(
    {
      name: 'diurnal',
      hours: 48,
      meanServiceMs: 5_000,
      demandAt: (at) =>
        0.3 + 7.7 * Math.max(0, Math.sin((at / hourMs / 24 - 0.25) * 2 * Math.PI)) ** 2,
    },
    seed,
  );
}

/** Quiet, with bursts of 12 slots' worth, 2 minutes long, 15 minutes apart on average. */
export function burstyLoad(seed = 2): Load {
  let burstUntil = -1;
  return generated(
    {
      name: 'bursty',
      hours: 12,
      meanServiceMs: 3_000,
      demandAt: (at, random) => {
        if (at > burstUntil && random() < 1 / 900) burstUntil = at + 120_000;
        return at <= burstUntil ? 12 : 1;
      },
    },
    seed,
  );
}

/** A square wave just longer than the usual windows and cooldowns: each wave finds the pool cut. */
export function adversarialLoad(seed = 3): Load {
  return generated(
    {
      name: 'adversarial',
      hours: 6,
      meanServiceMs: 1_000,
      demandAt: (at) => (at % 130_000 < 45_000 ? 9 : 0.2),
    },
    seed,
  );
}

/** Always the same, three quarters of the maximum: there is little to save. */
export function flatLoad(seed = 4): Load {
  return generated({ name: 'flat', hours: 6, meanServiceMs: 4_000, demandAt: () => 7 }, seed);
}
