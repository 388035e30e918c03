import type { Options } from 'opossum';
import type { PolicyOf, PolicySpec } from '../scenario-schema.ts';
import { isAbortError, isExcluded } from '../staged-error.ts';

const dayMs = 86_400_000;

/** Its threshold opens when exceeded: one that is to open when reached is set so much lower, in percent. */
const hair = 1e-7;

/**
 * Why an arrangement cannot be had; undefined when it can. One opossum is a breaker with a timeout
 * and a bound of concurrent calls inside, and a fallback outside.
 */
export function lackOf(specs: readonly PolicySpec[]): string | undefined {
  const lack = specs.map(lackOfOne).find((reason) => reason !== undefined);
  if (lack !== undefined) return lack;
  const kinds = specs.map(({ policy }) => policy);
  return new Set(kinds).size < kinds.length ? 'policies cannot be composed' : undefined;
}

function lackOfOne(spec: PolicySpec): string | undefined {
  switch (spec.policy) {
    case 'breaker':
      return lackOfBreaker(spec);
    case 'bulkhead':
      return spec.maxQueue > 0 ? 'calls do not wait' : undefined;
    case 'retry':
      return 'no retries';
    case 'hedge':
      return 'no hedging';
    case 'adaptive-limit':
      return 'no adaptive limit';
    case 'rate-limit':
      return 'no rate limit';
    case 'timeout':
    case 'fallback':
      return undefined;
  }
}

function lackOfBreaker(spec: PolicyOf<'breaker'>): string | undefined {
  const { opens, openForMs, probes = 1, probeTimeoutMs, halfOpenMaxWaitMs } = spec;
  if ('clearedEveryMs' in opens) return 'no detector is cleared at fixed intervals';
  if ('movingAverage' in opens) return 'no detectors of one’s own';
  // A rate of 0 % that may not be exceeded is one failure in a row.
  if ('failuresInARow' in opens && opens.failuresInARow > 1) return 'no count of failures in a row';
  if ('slow' in opens) return 'slow calls are not looked at';
  if ('window' in opens && opens.window !== undefined && 'calls' in opens.window) {
    return 'its window is in time, not in calls';
  }
  if (typeof openForMs !== 'number') return 'every opening lasts as long as the others';
  if (probes !== 1) return 'one probe decides, always';
  if (probeTimeoutMs !== undefined) return 'a probe cannot expire but by the timeout of all calls';
  return halfOpenMaxWaitMs === undefined ? undefined : 'half-open cannot be bounded in time';
}

export function opossumOptions(specs: readonly PolicySpec[]): Options {
  const options: Options = { timeout: false, errorThresholdPercentage: 100 };
  for (const spec of specs) {
    if (spec.policy === 'timeout') options.timeout = spec.afterMs;
    if (spec.policy === 'bulkhead') options.capacity = spec.maxConcurrent;
    if (spec.policy === 'breaker') Object.assign(options, breakerOptions(spec));
  }
  return options;
}

function breakerOptions({ opens, openForMs, ignores = [] }: PolicyOf<'breaker'>): Options {
  const options: Options = { resetTimeout: openForMs as number };
  if ('failureRate' in opens) {
    const { failureRate, minCalls, when, window } = opens;
    options.errorThresholdPercentage = failureRate * 100 - (when === 'exceeded' ? 0 : hair);
    options.volumeThreshold = minCalls;
    if (window !== undefined && 'ms' in window) {
      options.rollingCountTimeout = window.ms;
      options.rollingCountBuckets = window.buckets;
    } else {
      options.rollingCountTimeout = dayMs;
    }
  } else {
    options.errorThresholdPercentage = 0;
    options.rollingCountTimeout = dayMs;
  }
  if (ignores.length > 0) {
    options.errorFilter = (error: unknown) =>
      (ignores.includes('excluded') && isExcluded(error)) ||
      (ignores.includes('aborts') && isAbortError(error)) ||
      (ignores.includes('refusals') && (error as { code?: unknown }).code === 'ESEMLOCKED');
  }
  return options;
}
