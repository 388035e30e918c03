import {
  type AutoscalerLaw,
  type AutoscalerUnderTest,
  play,
  settlingTicks,
  tickMs,
  told,
} from './autoscaler-under-test.ts';

interface Rest {
  readonly wanted: number;
  readonly size: number;
}

/** Where it comes to rest under each load, the smallest first, from the least pool and from the largest. */
function rests(scaler: AutoscalerUnderTest): Readonly<Record<'min' | 'max', readonly Rest[]>> {
  const ticks = settlingTicks(scaler) * 2;
  let startsAt = 0;
  const restsFrom = (from: number): readonly Rest[] =>
    Array.from({ length: scaler.max + 3 }, (_, wanted) => {
      const size = play(scaler, { ticks, demand: () => wanted, startsAt, from }).at(-1)?.to;
      startsAt += ticks * tickMs;
      return { wanted, size: size ?? from };
    });
  return { min: restsFrom(scaler.min), max: restsFrom(scaler.max) };
}

/** Largest gain with which a correction that is seen `late` decisions later still dies away. */
function largestGain(late: number): number {
  return 2 * Math.sin(Math.PI / (2 * (2 * late + 1)));
}

/** Of the largest gain; nearer to it a swing dies away too slowly to be waited for. */
const spare = 0.9;
const latest = 5;
/** Each as long as a swing at the largest gain takes. */
const swings = 20;

export const steadyLaws: readonly AutoscalerLaw[] = [
  {
    id: 'autoscaler-3',
    name: 'under a constant load the size comes to rest',
    check: async (scaler) => {
      const settling = settlingTicks(scaler);
      for (let wanted = 0; wanted <= scaler.max + 2; wanted += 1) {
        const ticks = settling * 2;
        const startsAt = wanted * ticks * tickMs;
        const moves = play(scaler, { ticks, demand: () => wanted, startsAt });
        const restless = moves.slice(settling).find(({ from, to }) => from !== to);
        if (restless !== undefined) throw new Error(`for a load of ${wanted}: ${told(restless)}`);
      }
    },
  },
  {
    id: 'autoscaler-4',
    name: 'a larger load that stays never ends in a smaller pool, from the same size',
    check: async (scaler) => {
      for (const [from, sizes] of Object.entries(rests(scaler)))
        for (const [index, { size, wanted }] of sizes.entries()) {
          const less = sizes[index - 1];
          if (less !== undefined && size < less.size)
            throw new Error(
              `from its ${from}, a load of ${wanted} ends in ${size}, and of ${less.wanted} in ${less.size}`,
            );
        }
    },
  },
  {
    id: 'autoscaler-5',
    name: 'at rest no more than the upper share is busy, unless the pool is the largest',
    check: async (scaler) => {
      const { deadBand, max } = scaler;
      for (const [from, sizes] of Object.entries(rests(scaler)))
        for (const { size, wanted } of sizes)
          if (size < max && wanted / size > deadBand[1])
            throw new Error(`from its ${from}, a load of ${wanted} is left with ${size} slots`);
    },
  },
  {
    id: 'autoscaler-7',
    name: 'slots that come as late as its gain allows do not make it swing',
    check: async (scaler) => {
      const { cooldownMs, gain = 1, max, min } = scaler;
      const interval = Math.max(1, Math.ceil(cooldownMs / tickMs));
      let startsAt = 0;
      for (let late = 0; late <= latest && gain <= spare * largestGain(late); late += 1) {
        const lag = (late + 1) * interval - 1;
        const swing = 2 * (2 * late + 1) * interval;
        const ticks = settlingTicks(scaler) * (late + 1) + swings * swing;
        for (const from of [min, max])
          for (const share of [0.2, 0.5]) {
            const wanted = Math.ceil(max * share);
            const moves = play(scaler, { ticks, demand: () => wanted, startsAt, from, lag });
            startsAt += ticks * tickMs;
            const sizes = moves.slice(-swing).map((move) => move.from);
            const least = Math.min(...sizes);
            const most = Math.max(...sizes);
            // A swing of one slot may be the rounding of a size that is not whole.
            if (!(most - least <= 1))
              throw new Error(
                `with slots ${lag + 1} ticks late it swings from ${least} to ${most} under a load of ${wanted}`,
              );
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
      const size = play(scaler, { ticks, demand: () => max * 3 }).at(-1)?.to;
      if (size !== max) throw new Error(`after ${ticks * tickMs} ms it has ${size} of ${max}`);
    },
  },
];
