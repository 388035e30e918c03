import pRetry, { type Options } from 'p-retry';
import {
  type Adapter,
  type CallSettings,
  NotApplicable,
  type Refusal,
  type Subject,
  type Work,
} from '../adapter.ts';
import { GlobalsWorld } from '../globals-world.ts';
import { versionOf } from '../installed-version.ts';
import type { PolicyOf, PolicySpec } from '../scenario-schema.ts';
import { isAbortError, isExcluded } from '../staged-error.ts';

const noBreaker = 'it only retries: no circuit breaker';

export const pRetryAdapter: Adapter<GlobalsWorld> = {
  library: 'p-retry',
  version: versionOf('p-retry'),
  lacks: {
    state: noBreaker,
    counts: noBreaker,
    disposal: 'results are not retried',
    tokens: 'no retry budget',
    rate: 'it only retries: no limits',
    limit: 'it only retries: no limits',
    priority: 'it only retries: no limits',
    isolate: noBreaker,
    disabled: noBreaker,
    'metrics-only': noBreaker,
    restart: noBreaker,
    listen: 'no listeners: its callbacks are there to take part in the decision',
    'retry-after': 'it refuses nothing',
    clear: 'it only retries: no limits',
    'would-open notice': noBreaker,
  },
  open: (random) => new GlobalsWorld(random),
  create: (specs, _world, handOver) => {
    const reason = specs.map(lackOf).find((lack) => lack !== undefined);
    return reason === undefined
      ? new PRetrySubject(
          (specs as readonly PolicyOf<'retry'>[]).map((spec) => handOver(optionsOf(spec))),
        )
      : new NotApplicable(reason);
  },
};

const lacks = {
  timeout: 'it only retries: no timeout',
  bulkhead: 'it only retries: no limits',
  'rate-limit': 'it only retries: no limits',
  'adaptive-limit': 'it only retries: no limits',
  hedge: 'it only retries: no hedging',
  fallback: 'it only retries: no fallback',
};

/** Why a policy cannot be had; undefined when it can. */
function lackOf(spec: PolicySpec): string | undefined {
  if (spec.policy === 'breaker') return noBreaker;
  if (spec.policy !== 'retry') return lacks[spec.policy];
  const { backoff, budget, hintsUpToMs, retriesBadResults } = spec;
  if (budget !== undefined) return 'no retry budget';
  if (hintsUpToMs !== undefined) return 'Retry-After is not read';
  if (retriesBadResults !== undefined) return 'results are not retried';
  if (backoff.shape === 'linear') return 'delays grow by a factor only';
  if (backoff.shape === 'smooth-decorrelated') return 'no decorrelated jitter';
  if (typeof backoff.jitter === 'number') return 'no jitter by a share of the delay';
  return backoff.jitter === 'full' ? 'no full jitter' : undefined;
}

class PRetrySubject implements Subject {
  readonly #options: readonly Options[];

  constructor(options: readonly Options[]) {
    this.#options = options;
  }

  call(work: Work, { signal, onRetry }: CallSettings): unknown {
    const perCall: Options = {
      ...(signal !== undefined && { signal }),
      ...(onRetry !== undefined && { onFailedAttempt: onRetry }),
    };
    // It passes no signal on; its users give the operation their own.
    const operation = () => work(signal) as Promise<unknown>;
    const isPlain = Object.keys(perCall).length === 0;
    return this.#options.reduceRight<() => Promise<unknown>>(
      (below, options) => () => pRetry(below, isPlain ? options : { ...options, ...perCall }),
      operation,
    )();
  }

  refusalOf(): Refusal | undefined {
    return undefined;
  }
}

function optionsOf({
  backoff,
  ignores = [],
  maxElapsedMs,
  maxRetries,
}: PolicyOf<'retry'>): Options {
  const { shape, baseMs, factor = 2, capMs = Infinity, jitter } = backoff;
  return {
    retries: maxRetries === 'unlimited' ? Infinity : maxRetries,
    minTimeout: baseMs,
    maxTimeout: capMs,
    factor: shape === 'constant' ? 1 : factor,
    randomize: jitter === 'default',
    ...(maxElapsedMs !== undefined && { maxRetryTime: maxElapsedMs }),
    ...(ignores.length > 0 && {
      shouldRetry: ({ error }) =>
        !(ignores.includes('excluded') && isExcluded(error)) &&
        !(ignores.includes('aborts') && isAbortError(error)),
    }),
  };
}
