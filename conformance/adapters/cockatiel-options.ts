import {
  ConsecutiveBreaker,
  ConstantBackoff,
  CountBreaker,
  DelegateBackoff,
  ExponentialBackoff,
  fullJitterGenerator,
  type IBackoffFactory,
  type IBreaker,
  type ICircuitBreakerOptions,
  IterableBackoff,
  noJitterGenerator,
  SamplingBreaker,
} from 'cockatiel';
import { noCalls, withCall } from '../moving-average.ts';
import type { BackoffSpec, PolicyOf } from '../scenario-schema.ts';

/** Its thresholds open when exceeded: one that is to open when reached is set so much lower. */
const hair = 1e-9;

export function breakerOptions(
  { opens, openForMs, probes = 1, probesMayFail = 0 }: PolicyOf<'breaker'>,
  initialState: unknown,
): ICircuitBreakerOptions {
  return {
    breaker: breakerOf(opens),
    halfOpenAfter: openForOf(openForMs),
    halfOpenSampling: { calls: probes, threshold: probesMayFail },
    ...(initialState !== undefined && { initialState }),
  };
}

function openForOf(openForMs: PolicyOf<'breaker'>['openForMs']) {
  if (typeof openForMs === 'number') return openForMs;
  if ('factor' in openForMs) {
    const { baseMs, factor, capMs } = openForMs;
    return exponentialOf(baseMs, factor, capMs);
  }
  return new IterableBackoff(openForMs);
}

function breakerOf(opens: PolicyOf<'breaker'>['opens']): IBreaker {
  if ('failuresInARow' in opens) return new ConsecutiveBreaker(opens.failuresInARow);
  if ('movingAverage' in opens) return new MovingAverageBreaker(opens.movingAverage, opens.below);
  const { failureRate, minCalls, when, window } = opens;
  const threshold = when === 'exceeded' ? failureRate : failureRate - hair;
  if (window !== undefined && 'ms' in window) {
    // The minimum is told as calls per second; half a call less, as its product is not exact.
    const minimumRps = (minCalls - 0.5) / (window.ms / 1_000);
    return new SamplingBreaker({ threshold, duration: window.ms, minimumRps });
  }
  const size = window?.calls ?? Math.max(100, minCalls);
  return new CountBreaker({ threshold, size, minimumNumberOfCalls: minCalls });
}

/** A breaker of one's own, as the `breaker` option takes it. */
class MovingAverageBreaker implements IBreaker {
  state: unknown = noCalls;
  readonly #window: number;
  readonly #below: number;

  constructor(window: number, below: number) {
    this.#window = window;
    this.#below = below;
  }

  success(): void {
    this.state = withCall(this.state as typeof noCalls, this.#window, false);
  }

  failure(): boolean {
    const average = withCall(this.state as typeof noCalls, this.#window, true);
    this.state = average;
    return average.successes < this.#below;
  }
}

export function backoffOf(spec: BackoffSpec): IBackoffFactory<{ readonly attempt: number }> {
  const { shape, baseMs, factor = 2, capMs = Number.MAX_SAFE_INTEGER, jitter = 'none' } = spec;
  switch (shape) {
    case 'constant':
      return new ConstantBackoff(baseMs);
    case 'linear':
      return new DelegateBackoff(({ attempt }: { readonly attempt: number }) =>
        Math.min(capMs, baseMs * attempt),
      );
    // Its default generator is this very curve.
    case 'smooth-decorrelated':
      return new ExponentialBackoff({ initialDelay: baseMs, maxDelay: capMs, exponent: factor });
    case 'exponential':
      return exponentialOf(baseMs, factor, capMs, jitter);
  }
}

function exponentialOf(
  initialDelay: number,
  exponent: number,
  maxDelay: number,
  jitter: BackoffSpec['jitter'] = 'none',
) {
  const options = { initialDelay, exponent, maxDelay };
  if (jitter === 'default') return new ExponentialBackoff(options);
  const generator = jitter === 'full' ? fullJitterGenerator : noJitterGenerator;
  return new ExponentialBackoff<number>({ ...options, generator });
}
