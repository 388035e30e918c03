import { pipeline, Timeout } from '@chimera/policy';
import {
  byRule,
  type ClientOf,
  distant,
  exponential as exponentialTimes,
  intervalOf,
  poisson,
  scaling,
  simulate,
  summarise,
} from '@chimera/proving/sim';
import {
  decideRetry,
  exponential,
  fullJitter,
  type RetryOptions,
  RetryPolicy,
  WindowBudget,
} from '@chimera/retry-policy';
import type { Row } from '../row.ts';
import type { Extent, Study } from '../study.ts';

const timeoutMs = 3_000;
const retryAtOnce: RetryOptions = { maxRetries: 2, backoff: () => 0, budget: false };

/** The study's service of 1 + 0.01 · c s with c requests at the same time, as Gunther's law has it. */
const server = distant(exponentialTimes(100), scaling({ service: 1_010, alpha: 0.01 / 1.01 }));

function retrying(options: (site: Parameters<ClientOf>[0]) => RetryOptions): ClientOf {
  return (site) =>
    pipeline(new RetryPolicy(options(site), site), new Timeout({ after: timeoutMs }, site));
}

const clients = {
  'no retry': (site) => new Timeout({ after: timeoutMs }, site),
  'backoff of up to 20 s and 40 s': retrying(() => ({
    ...retryAtOnce,
    backoff: exponential({ base: '20s', cap: '1h', jitter: fullJitter }),
  })),
  'budget of 10 %': retrying((site) => ({
    ...retryAtOnce,
    budget: new WindowBudget({ ratio: 0.1, reservePerSecond: 0 }, site),
  })),
} as const satisfies Record<string, ClientOf>;

/** Goodput per second, of ten runs. */
const published: Readonly<Record<keyof typeof clients, number>> = {
  'no retry': 40.6,
  'backoff of up to 20 s and 40 s': 40,
  'budget of 10 %': 39.5,
};

/** The retries of the policy, without promises: the test shows that it is the same. */
export const byTheRule: ClientOf = (site) => {
  const policy = new RetryPolicy(retryAtOnce, site);
  return byRule(site, { timeoutMs, retry: (failed) => decideRetry(policy, failed) });
};

export const asPipeline: ClientOf = retrying(() => retryAtOnce);

/** One run: so many calls a second, 80 from 20 to 25 s. */
export function spike(client: ClientOf, perSecond: number, seed: number) {
  return simulate({
    seed,
    demand: poisson({ profile: 'spike', base: perSecond, peak: 80, fromMs: 20_000, forMs: 5_000 }),
    server,
    client,
    runFor: '80s',
  });
}

/** Goodput per second from 70 to 80 s, of each run. */
async function goodputsOf(client: ClientOf, perSecond: number, runs: number): Promise<number[]> {
  const goodputs: number[] = [];
  for (let seed = 1; seed <= runs; seed += 1) {
    const run = await spike(client, perSecond, seed);
    goodputs.push(summarise(run, { fromMs: 70_000 }).goodput);
  }
  return goodputs;
}

/** Of runs that retry at once: how many of the published ten collapsed, and of the program's own 250. */
const collapses = [
  { perSecond: 25, ofTen: 0, likely: [0, 0.411], ofMany: 0.112 },
  { perSecond: 30, ofTen: 3, likely: [0.037, 0.735], ofMany: 0.232 },
  { perSecond: 33, ofTen: 8, likely: [0.352, 0.989], ofMany: 0.4 },
  { perSecond: 40, ofTen: 9, likely: [0.456, 0.999], ofMany: 0.788 },
  { perSecond: 60, ofTen: 10, likely: [0.589, 1], ofMany: 1 },
] as const;

const plans = {
  small: { runs: 6, rates: [60], sweep: 5 },
  full: { runs: 30, rates: [25, 30, 33, 40, 60], sweep: 250 },
} as const satisfies Record<Extent, unknown>;

const source = 'Brooker, collapse';

/**
 * Brooker's `simple_collapse_sim`: clients that give up after 3 s and try three times, and a server
 * that is the slower the more it has. After a spike of five seconds is gone, who retries at once
 * does not come back. The published figures for that are of ten runs, so what is held against them
 * is what ten runs can tell: intervals around their shares of 99 % each, 95 % for the five together
 * (Clopper and Pearson, Bonferroni). The study's own program was played 250 times for the rest.
 */
export const collapse: Study = async (extent) => {
  const plan = plans[extent];
  const rows: Row[] = [];
  for (const [name, client] of Object.entries(clients)) {
    rows.push({
      source,
      what: `40/s, ${name}: goodput at 70 to 80 s`,
      known: published[name as keyof typeof clients],
      ours: intervalOf(await goodputsOf(client, 40, plan.runs)),
      within: { share: 0.1 },
    });
  }
  const rates: readonly number[] = plan.rates;
  for (const { likely, ofMany, ofTen, perSecond } of collapses) {
    if (!rates.includes(perSecond)) continue;
    const goodputs = await goodputsOf(byTheRule, perSecond, plan.sweep);
    const share = goodputs.filter((goodput) => goodput < perSecond / 2).length / goodputs.length;
    const what = `${perSecond}/s, retry at once: share of runs that collapse`;
    rows.push(
      {
        source,
        what: `${what}, of ten`,
        known: ofTen / 10,
        ours: share,
        within: { between: likely },
      },
      { source, what: `${what}, of 250`, known: ofMany, ours: share, within: { by: 0.1 } },
    );
  }
  return rows;
};
