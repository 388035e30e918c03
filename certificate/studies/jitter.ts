import { closed, intervalOf, simulate } from '@chimera/proving/sim';
import {
  type Backoff,
  decorrelated,
  equalJitter,
  exponential,
  fullJitter,
  RetryPolicy,
} from '@chimera/retry-policy';
import type { Row } from '../row.ts';
import type { Extent, Study } from '../study.ts';
import { optimisticRow } from './optimistic-row.ts';

/** The study counts retries from 1 when it doubles: its base of 5 ms first waits for 10. */
const growth = { base: 10, cap: 2_000 };

const strategies = {
  none: () => 0,
  exponential: exponential({ ...growth, jitter: 0 }),
  equal: exponential({ ...growth, jitter: equalJitter }),
  full: exponential({ ...growth, jitter: fullJitter }),
  decorrelated: decorrelated({ base: 5, cap: 2_000 }),
} as const satisfies Record<string, Backoff>;

type Strategy = keyof typeof strategies;

/** Of 100 clients: ms until the last is done, and writes. The simulator behind the article gives these. */
const published: Readonly<Record<Strategy, readonly [timeMs: number, writes: number]>> = {
  none: [2_017, 2_417],
  exponential: [63_492, 1_863],
  equal: [6_561, 811],
  full: [4_812, 796],
  decorrelated: [4_610, 998],
};

const plans = {
  small: { runs: 40, strategies: ['full', 'decorrelated'], of190: false },
  full: {
    runs: 100,
    strategies: ['none', 'exponential', 'equal', 'full', 'decorrelated'],
    of190: true,
  },
} as const satisfies Record<Extent, unknown>;

const source = 'AWS jitter';

/**
 * "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015) with this house's retry policy: so
 * many clients change one row under optimistic locking, once each, all from the same instant.
 */
export const jitter: Study = async (extent) => {
  const plan = plans[extent];
  const rows: Row[] = [];
  const writes: Partial<Record<Strategy, number>> = {};
  for (const strategy of plan.strategies) {
    const ours = await contend(strategy, 100, plan.runs);
    const [knownMs, knownWrites] = published[strategy];
    const within = { share: 0.05 };
    writes[strategy] = ours.writes.mean;
    rows.push(
      { source, what: `100 clients, ${strategy}: ms`, known: knownMs, ours: ours.timeMs, within },
      {
        source,
        what: `100 clients, ${strategy}: writes`,
        known: knownWrites,
        ours: ours.writes,
        within,
      },
    );
  }
  rows.push({
    source,
    what: '100 clients: writes of decorrelated / full',
    known: 1.25,
    ours: (writes.decorrelated ?? 0) / (writes.full ?? 0),
    within: { share: 0.05 },
  });
  if (plan.of190) {
    const full = await contend('full', 190, plan.runs);
    const spread = await contend('decorrelated', 190, plan.runs);
    rows.push({
      source,
      what: '190 clients: writes of decorrelated / full',
      known: 1.38,
      ours: spread.writes.mean / full.writes.mean,
      within: { share: 0.05 },
    });
  }
  return rows;
};

async function contend(strategy: Strategy, users: number, runs: number) {
  const times: number[] = [];
  const writes: number[] = [];
  for (let seed = 1; seed <= runs; seed += 1) {
    const run = await simulate({
      seed,
      demand: closed({ users, callsEach: 1 }),
      server: optimisticRow,
      client: (site) =>
        new RetryPolicy(
          { maxRetries: Infinity, backoff: strategies[strategy], budget: false },
          site,
        ),
    });
    times.push(run.endedAt);
    writes.push(run.records.attempts.sums.reduce((sum, each) => sum + each, 0));
  }
  return { timeMs: intervalOf(times), writes: intervalOf(writes) };
}
