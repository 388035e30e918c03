import { breaker, type World } from '../../src/index.ts';
import { SpecimenBreaker } from '../../src/mutants.ts';
import type { SearchOptions } from '../../src/search.ts';
import { byRule, type ClientOf, exponential, queueing, shards } from '../../src/sim.ts';

/** Three retries at once of what takes longer than a second, each for the asking. */
export const plainRetries: ClientOf = (site) =>
  byRule(site, {
    timeoutMs: 1_000,
    retry: ({ retries }) => (retries < 3 ? { retry: true, delayMs: 0 } : { retry: false }),
  });

/** The same, paid for with tokens: a call that ends well brings a tenth of one. */
export const budgetedRetries: ClientOf = (site) => {
  let tokens = 10;
  return byRule(site, {
    timeoutMs: 1_000,
    retry: ({ retries }) => (retries < 3 ? { retry: true, delayMs: 0 } : { retry: false }),
    budget: {
      begin: () => {},
      withdraw: () => {
        if (tokens < 1) return -1;
        tokens -= 1;
        return 1;
      },
      release: () => {},
      end: (succeeded) => {
        if (succeeded) tokens = Math.min(10, tokens + 0.1);
      },
    },
  });
};

const brief = { warmUp: '2s', traceFor: '8s', settleFor: '12s', runs: 4 } as const;

/** Calls come at five eighths of what the server can do. */
export const pool = {
  server: queueing({ slots: 2, service: exponential(50) }),
  load: 25,
  patience: '1s',
  margin: 0.3,
  ...brief,
} as const satisfies Omit<SearchOptions, 'policy'>;

/** One breaker for all four shards, which opens when two calls in a row fail. */
export const sharedBreaker: ClientOf = (site) => {
  const rules = breaker({ failuresInARow: 2, openForMs: 8_000 });
  // Of a world it takes the clock alone.
  const policy = new SpecimenBreaker(rules, site as unknown as World);
  return { policy, status: () => policy.status };
};

export const shardedService = {
  server: shards(4, queueing({ service: exponential(50) })),
  shards: 4,
  load: 20,
  measure: 'availability',
  ...brief,
} as const satisfies Omit<SearchOptions, 'policy'>;
