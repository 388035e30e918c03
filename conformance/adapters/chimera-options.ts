import {
  atMost,
  type CircuitBreakerOptions,
  classifyError,
  clearedEvery,
  consecutive,
  countWindow,
  type FailureDetector,
  growingOpen,
  type RateOptions,
  timeWindow,
} from '@chimera/circuit-breaker';
import type { Clock } from '@chimera/policy';
import {
  type Backoff,
  constant,
  elapsed,
  exponential,
  fullJitter,
  InFlightBudget,
  type Jitter,
  linear,
  QuotaBudget,
  retryAfter,
  type RetryBudget,
  type RetryOptions,
  smoothDecorrelated,
  unwanted,
  WindowBudget,
} from '@chimera/retry-policy';
import { type MovingAverage, noCalls, withCall } from '../moving-average.ts';
import type { BackoffSpec, BudgetSpec, PolicyOf } from '../scenario-schema.ts';
import { isAbortError, isExcluded, isThrottled } from '../staged-error.ts';
import { isBad } from '../staged-result.ts';

export function breakerOptions(spec: PolicyOf<'breaker'>): CircuitBreakerOptions {
  const { openForMs, probes = 1, probesMayFail = 0, ignores = [], afterMaxWait } = spec;
  const { probeTimeoutMs, halfOpenMaxWaitMs } = spec;
  return {
    detector: detectorOf(spec.opens),
    openFor: openForOf(openForMs),
    halfOpenProbes: probes,
    permittedFailureRate: probesMayFail,
    ...(probeTimeoutMs !== undefined && { probeTimeout: probeTimeoutMs }),
    ...(halfOpenMaxWaitMs !== undefined && {
      halfOpenMaxWait: atMost(halfOpenMaxWaitMs, afterMaxWait),
    }),
    // It ignores aborts and refusals by itself.
    ...(ignores.includes('excluded') && {
      classifyError: (error: unknown) => (isExcluded(error) ? 'ignored' : classifyError(error)),
    }),
  };
}

function openForOf(openForMs: PolicyOf<'breaker'>['openForMs']) {
  if (typeof openForMs === 'number') return openForMs;
  if ('factor' in openForMs) {
    const { baseMs, factor, capMs } = openForMs;
    return growingOpen({ base: baseMs, factor, cap: capMs });
  }
  return (reopenings: number) => openForMs[reopenings] ?? openForMs.at(-1) ?? 0;
}

function detectorOf(opens: PolicyOf<'breaker'>['opens']): FailureDetector {
  if ('failuresInARow' in opens) {
    const inARow = consecutive(opens.failuresInARow);
    return opens.clearedEveryMs === undefined ? inARow : clearedEvery(opens.clearedEveryMs, inARow);
  }
  if ('movingAverage' in opens) return movingAverage(opens.movingAverage, opens.below);
  const { failureRate, minCalls, slow, when, window } = opens;
  const rates: RateOptions = {
    failureRate,
    minCalls,
    opensWhen: when,
    ...(slow !== undefined && { slow: { over: slow.overMs, rate: slow.rate } }),
  };
  if (window === undefined) return countWindow(rates);
  return 'calls' in window
    ? countWindow({ ...rates, size: window.calls })
    : timeWindow({ ...rates, span: window.ms, buckets: window.buckets });
}

/** A detector of one's own, as the breaker's `detector` option takes it. */
function movingAverage(window: number, below: number): FailureDetector<MovingAverage> {
  return {
    shape: `moving average of ${window}`,
    measures: 'time',
    slow: undefined,
    empty: noCalls,
    record: (average, failed) => withCall(average, window, failed),
    tripReason: ({ successes }) => (successes < below ? 'failure rate' : undefined),
    counts: () => ({ calls: 0, failures: 0, slow: 0 }),
    shift: (average) => average,
  };
}

export function retryOptions(
  spec: PolicyOf<'retry'>,
  budget: RetryBudget | undefined,
): RetryOptions {
  const { maxRetries, maxElapsedMs, ignores = [], hintsUpToMs } = spec;
  return {
    maxRetries: maxRetries === 'unlimited' ? Infinity : maxRetries,
    backoff: backoffOf(spec.backoff),
    ...(maxElapsedMs !== undefined && { maxElapsed: elapsed(maxElapsedMs) }),
    ...(spec.retriesBadResults && { retryResult: unwanted(isBad) }),
    ...(hintsUpToMs !== undefined && {
      delayHint: retryAfter({ maxExtra: hintsUpToMs }),
    }),
    ...(budget !== undefined && { budget }),
    ...(ignores.length > 0 && {
      stopIf: (error: unknown) =>
        (ignores.includes('excluded') && isExcluded(error)) ||
        (ignores.includes('aborts') && isAbortError(error)),
    }),
  };
}

function jitterOf(jitter: Exclude<BackoffSpec['jitter'], 'default'>): number | Jitter {
  if (jitter === 'full') return fullJitter;
  return jitter === undefined || jitter === 'none' ? 0 : jitter;
}

function backoffOf(spec: BackoffSpec): Backoff {
  const { shape, baseMs, factor = 2, capMs = 2 ** 53, throttledBaseMs } = spec;
  // Its own spread, when asked for some, is that of its defaults.
  const spread = spec.jitter === 'default' ? {} : { jitter: jitterOf(spec.jitter) };
  const growth = { base: baseMs, cap: capMs, ...spread };
  switch (shape) {
    case 'constant':
      return constant(baseMs, spread);
    case 'linear':
      return linear(growth);
    case 'smooth-decorrelated':
      return smoothDecorrelated({ base: baseMs, cap: capMs });
    case 'exponential': {
      const usual = exponential({ ...growth, factor });
      if (throttledBaseMs === undefined) return usual;
      const throttled = exponential({ ...growth, factor, base: throttledBaseMs });
      return (retry, step) => (isThrottled(step.error) ? throttled : usual)(retry, step);
    }
  }
}

export function budgetOf(spec: BudgetSpec, clock: Clock): RetryBudget {
  if ('inFlight' in spec) return new InFlightBudget(spec.inFlight);
  if ('window' in spec) {
    const { ratio, reservePerSecond, ms } = spec.window;
    return new WindowBudget({ ratio, reservePerSecond, window: ms }, { clock });
  }
  const { capacity, cost, throttledCost } = spec.quota;
  return new QuotaBudget({
    capacity,
    cost,
    costOf: (error) => (isThrottled(error) ? throttledCost : undefined),
  });
}
