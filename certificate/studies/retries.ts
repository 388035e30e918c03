import { pipeline } from '@chimera/policy';
import {
  type ClientOf,
  exponential,
  intervalOf,
  poisson,
  scaling,
  simulate,
  summarise,
} from '@chimera/proving/sim';
import { type RetryBudget, RetryPolicy, WindowBudget } from '@chimera/retry-policy';
import type { Row } from '../row.ts';
import type { Extent, Study } from '../study.ts';

const plans = {
  small: { failureRates: [0.5], seconds: 50, runs: 4 },
  full: { failureRates: [0.1, 0.3, 0.5, 0.7, 0.9], seconds: 200, runs: 8 },
} as const satisfies Record<Extent, unknown>;

const source = 'Brooker, retries';
const within = { share: 0.02 };

/**
 * "What is backoff for?" and "Fixing retries with token buckets and circuit breakers" (Brooker,
 * 2022): of calls that fail with probability f, three retries make (1 − f⁴) / (1 − f) attempts and
 * a success of 1 − f⁴; a budget of 10 % keeps attempts at 1.1, and a breaker of retries at 1.
 */
export const retries: Study = async (extent) => {
  const plan = plans[extent];
  const rows: Row[] = [];
  for (const f of plan.failureRates) {
    const { amplification, success } = await play(retrying(), f, plan);
    rows.push(
      {
        source,
        what: `f ${f}, three retries: attempts per call`,
        known: (1 - f ** 4) / (1 - f),
        ours: amplification,
        within,
      },
      { source, what: `f ${f}, three retries: success`, known: 1 - f ** 4, ours: success, within },
    );
  }
  const bucket = await play(budgeted, 0.5, plan);
  const stopped = await play(broken, 0.5, plan);
  rows.push(
    {
      source,
      what: 'f 0.5, budget of 10 %: attempts per call',
      known: 1.1,
      ours: bucket.amplification,
      within,
    },
    {
      source,
      what: 'f 0.5, retries stop at 10 % failures: attempts per call',
      known: 1,
      ours: stopped.amplification,
      within,
    },
  );
  const layers = await play(layered(5), 1, { ...plan, runs: 2, seconds: 1 });
  rows.push({
    source: "Builders' Library",
    what: 'all fail, five layers of three tries: attempts per call',
    known: 243,
    ours: layers.amplification.mean,
    within: { by: 0 },
  });
  return rows;
};

function retrying(budget: RetryBudget | false = false): ClientOf {
  return (site) => new RetryPolicy({ maxRetries: 3, backoff: () => 0, budget }, site);
}

const budgeted: ClientOf = (site, index) =>
  retrying(new WindowBudget({ ratio: 0.1, reservePerSecond: 0 }, site))(site, index);

const broken: ClientOf = (site, index) => retrying(breakerOfRetries(0.1))(site, index);

/** Each layer of a system tries three times what the next one could not do. */
function layered(layers: number): ClientOf {
  return (site) =>
    pipeline(
      ...Array.from(
        { length: layers },
        () => new RetryPolicy({ maxRetries: 2, backoff: () => 0, budget: false }, site),
      ),
    );
}

/** No retry while more than this share of the calls so far had a failure: the article's breaker. */
function breakerOfRetries(mostFailures: number): RetryBudget {
  let calls = 0;
  let failures = 0;
  return {
    begin: () => {
      calls += 1;
    },
    withdraw: () => {
      failures += 1;
      return failures / calls > mostFailures ? -1 : 0;
    },
    release: () => {},
    end: () => {},
  };
}

async function play(
  client: ClientOf,
  failureRate: number,
  { runs, seconds }: { readonly runs: number; readonly seconds: number },
) {
  const amplifications: number[] = [];
  const successes: number[] = [];
  for (let seed = 1; seed <= runs; seed += 1) {
    const run = await simulate({
      seed,
      demand: poisson(100),
      server: scaling({ service: exponential(10) }),
      client,
      triggers: [{ kind: 'errors', fromMs: 0, forMs: Infinity, share: failureRate }],
      runFor: 1_000 * seconds,
      drains: true,
    });
    const { amplification, successShare } = summarise(run);
    amplifications.push(amplification);
    successes.push(successShare);
  }
  return { amplification: intervalOf(amplifications), success: intervalOf(successes) };
}
