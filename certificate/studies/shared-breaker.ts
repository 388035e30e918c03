import { CircuitBreaker, countWindow } from '@chimera/circuit-breaker';
import { type ClientOf, poisson, scaling, shards, simulate, summarise } from '@chimera/proving/sim';
import type { Row } from '../row.ts';
import type { Extent, Study } from '../study.ts';

const shardCount = 10;
const source = 'Brooker, breakers';

const plans = { small: 100, full: 1_200 } as const satisfies Record<Extent, number>;

function breakerOf(failureRate: number): ClientOf {
  return (site) => new CircuitBreaker({ detector: countWindow({ size: 100, failureRate }) }, site);
}

/** Of calls to shards of which the first is down, the share that is answered. */
async function availability(seconds: number, client?: ClientOf): Promise<number> {
  const run = await simulate({
    demand: poisson(100),
    server: shards(shardCount, scaling({ service: 10 })),
    triggers: [{ kind: 'errors', fromMs: 0, forMs: Infinity, share: 1, shard: 0 }],
    runFor: 1_000 * seconds,
    ...(client !== undefined && { client }),
  });
  return summarise(run, { fromMs: 10_000 }).successShare;
}

/**
 * "Will circuit breakers solve my problems?" (Brooker, 2022): with one of N shards down, a breaker
 * for all of them that opens below 1/N of failures turns (N − 1)/N of success into next to none.
 */
export const sharedBreaker: Study = async (extent) => {
  const seconds = plans[extent];
  const rows: readonly Row[] = [
    {
      source,
      what: 'one of ten shards down, no breaker: success',
      known: 0.9,
      ours: await availability(seconds),
      within: { share: 0.02 },
    },
    {
      source,
      what: 'one of ten shards down, opens at 5 %: success',
      known: 0,
      ours: await availability(seconds, breakerOf(0.05)),
      within: { by: 0.05 },
    },
    {
      source,
      what: 'one of ten shards down, opens at 50 %: success',
      known: 0.9,
      ours: await availability(seconds, breakerOf(0.5)),
      within: { share: 0.02 },
    },
  ];
  return rows;
};
