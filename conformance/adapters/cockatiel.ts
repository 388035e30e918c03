import {
  BrokenCircuitError,
  bulkhead,
  BulkheadRejectedError,
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  fallback,
  handleAll,
  handleWhen,
  type IPolicy,
  retry,
  type RetryPolicy,
  TaskCancelledError,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import {
  type Adapter,
  type CallSettings,
  type CircuitName,
  type HandOver,
  NotApplicable,
  type Refusal,
  type Subject,
  type Work,
} from '../adapter.ts';
import { GlobalsWorld } from '../globals-world.ts';
import { versionOf } from '../installed-version.ts';
import type { PolicyOf, PolicySpec } from '../scenario-schema.ts';
import { isAbortError, isExcluded } from '../staged-error.ts';
import { isBad } from '../staged-result.ts';
import { backoffOf, breakerOptions } from './cockatiel-options.ts';

const noRateLimit = 'no rate limit';
const noAdaptiveLimit = 'no adaptive limit';

export const cockatiel: Adapter<GlobalsWorld> = {
  library: 'cockatiel',
  version: versionOf('cockatiel'),
  lacks: {
    counts: 'a breaker does not tell what it has counted',
    disposal: 'results that are retried are not disposed of',
    tokens: 'no retry budget',
    rate: noRateLimit,
    limit: noAdaptiveLimit,
    priority: 'its bulkhead knows no priorities',
    disabled: 'a breaker cannot be switched off',
    'metrics-only': 'no metrics-only mode',
    'retry-after': 'its refusals do not say when to come back',
    clear: "a bulkhead's queue cannot be cleared",
    'would-open notice': 'no metrics-only mode',
  },
  open: (random) => new GlobalsWorld(random),
  create: (specs, _world, handOver) => {
    const reason = specs.map(lackOf).find((lack) => lack !== undefined);
    return reason === undefined ? new CockatielSubject(specs, handOver) : new NotApplicable(reason);
  },
};

/** Why a policy cannot be had; undefined when it can. */
function lackOf(spec: PolicySpec): string | undefined {
  switch (spec.policy) {
    case 'breaker': {
      if ('clearedEveryMs' in spec.opens) return 'no detector is cleared at fixed intervals';
      if ('slow' in spec.opens) return 'slow calls are not looked at';
      if (spec.probeTimeoutMs !== undefined) return 'a probe cannot expire';
      return spec.halfOpenMaxWaitMs === undefined
        ? undefined
        : 'half-open cannot be bounded in time';
    }
    case 'retry': {
      const { backoff, budget, hintsUpToMs, maxElapsedMs } = spec;
      if (budget !== undefined) return 'no retry budget';
      if (hintsUpToMs !== undefined) return 'Retry-After is not read';
      if (maxElapsedMs !== undefined) return 'retries are not bounded in time';
      return typeof backoff.jitter === 'number' ? 'no jitter by a share of the delay' : undefined;
    }
    case 'hedge':
      return 'no hedging';
    case 'rate-limit':
      return noRateLimit;
    case 'adaptive-limit':
      return noAdaptiveLimit;
    case 'timeout':
    case 'bulkhead':
    case 'fallback':
      return undefined;
  }
}

class CockatielSubject implements Subject {
  readonly #specs: readonly PolicySpec[];
  readonly #handOver: HandOver;
  readonly #policies: readonly IPolicy[];
  #breaker: CircuitBreakerPolicy | undefined;
  #retry: RetryPolicy | undefined;

  constructor(specs: readonly PolicySpec[], handOver: HandOver, initialState?: unknown) {
    this.#specs = specs;
    this.#handOver = handOver;
    this.#policies = specs.map((spec) => this.#create(spec, initialState));
  }

  call(work: Work, { signal, onRetry }: CallSettings): unknown {
    if (onRetry !== undefined) this.#retry?.onRetry(onRetry);
    const policy = this.#policies.length === 1 ? this.#policies[0] : wrap(...this.#policies);
    return policy?.execute((context) => work(context.signal), signal);
  }

  refusalOf(error: unknown): Refusal | undefined {
    if (error instanceof BrokenCircuitError || error instanceof BulkheadRejectedError) {
      return 'rejected';
    }
    if (!(error instanceof TaskCancelledError)) return undefined;
    return error.message.includes('timed out') ? 'timed-out' : 'aborted';
  }

  state(): CircuitName {
    switch (this.#theBreaker.state) {
      case CircuitState.Closed:
        return 'closed';
      case CircuitState.Open:
        return 'open';
      case CircuitState.HalfOpen:
        return 'half-open';
      case CircuitState.Isolated:
        return 'isolated';
    }
  }

  isolate(): () => void {
    const handle = this.#theBreaker.isolate();
    return () => {
      handle.dispose();
    };
  }

  store(): unknown {
    return this.#theBreaker.toJSON();
  }

  restart(stored: unknown): Subject {
    return new CockatielSubject(this.#specs, this.#handOver, this.#handOver(stored as object));
  }

  listen(listener: () => void): void {
    for (const policy of this.#policies) {
      policy.onSuccess(listener);
      policy.onFailure(listener);
    }
    this.#retry?.onRetry(listener);
    this.#retry?.onGiveUp(listener);
    this.#breaker?.onBreak(listener);
    this.#breaker?.onReset(listener);
    this.#breaker?.onHalfOpen(listener);
    this.#breaker?.onStateChange(listener);
  }

  get #theBreaker(): CircuitBreakerPolicy {
    if (this.#breaker === undefined) throw new Error('the case has no breaker');
    return this.#breaker;
  }

  #create(spec: PolicySpec, initialState: unknown): IPolicy {
    switch (spec.policy) {
      case 'breaker': {
        const options = this.#handOver(breakerOptions(spec, initialState));
        this.#breaker = circuitBreaker(handled(spec), options);
        return this.#breaker;
      }
      case 'retry': {
        const { backoff, maxRetries, retriesBadResults } = spec;
        const counted = retriesBadResults ? handled(spec).orWhenResult(isBad) : handled(spec);
        const maxAttempts = maxRetries === 'unlimited' ? Infinity : maxRetries;
        const options = this.#handOver({ maxAttempts, backoff: backoffOf(backoff) });
        this.#retry = retry(counted, options);
        return this.#retry;
      }
      case 'timeout':
        return timeout(spec.afterMs, TimeoutStrategy.Aggressive);
      case 'bulkhead':
        return bulkhead(spec.maxConcurrent, spec.maxQueue);
      case 'fallback':
        return fallback(handleAll, () => spec.value) as unknown as IPolicy;
      case 'hedge':
      case 'rate-limit':
      case 'adaptive-limit':
        throw new Error('not applicable');
    }
  }
}

/** Which errors count: all, but for those that the case says to ignore. */
function handled({ ignores = [] }: PolicyOf<'breaker'> | PolicyOf<'retry'>) {
  if (ignores.length === 0) return handleAll;
  return handleWhen(
    (error) =>
      !(ignores.includes('excluded') && isExcluded(error)) &&
      !(
        ignores.includes('aborts') &&
        (isAbortError(error) || error instanceof TaskCancelledError)
      ) &&
      !(
        ignores.includes('refusals') &&
        (error instanceof BrokenCircuitError || error instanceof BulkheadRejectedError)
      ),
  );
}
