import type { Random } from '@chimera/policy';
import type { ServerOf } from '@chimera/proving/sim';

/** The length of a network hop in ms: |N(10, 2)|, by Box and Muller. */
export function hopMs(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log1p(-random()));
  return Math.abs(10 + 2 * radius * Math.cos(2 * Math.PI * random()));
}

/**
 * One row under optimistic locking: an attempt reads the version, comes back with its write, and
 * fails when another write came between. Of all the hops each takes its time, and the server none.
 */
export const optimisticRow: ServerOf = ({ agenda, random }) => {
  let version = 0;
  const afterHops = (hops: number, act: () => void) => {
    let ms = 0;
    for (let hop = 0; hop < hops; hop += 1) ms += hopMs(random);
    agenda.after(ms, act);
  };
  return {
    take(request) {
      afterHops(1, () => {
        const read = version;
        afterHops(2, () => {
          const isCurrent = read === version;
          if (isCurrent) version += 1;
          afterHops(1, () => request.answered(isCurrent ? 'ok' : 'failed'));
        });
      });
    },
  };
};
