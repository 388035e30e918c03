import {
  choiceOption,
  type Clock,
  type Duration,
  durationOption,
  integerOption,
  type Listener,
  numberOption,
  type Random,
  refuseOption,
} from '@chimera/policy';
import type { CircuitRules } from './circuit-state.ts';
import { type Classify, classifyError, type Judgement, retryAfterOf } from './classify.ts';
import { consecutive } from './consecutive.ts';
import type { CircuitBreakerEvent } from './events.ts';
import type { FailureDetector } from './failure-detector.ts';
import { guarded } from './guarded.ts';
import type { OpenDuration } from './open-duration.ts';

export interface CircuitBreakerOptions {
  /** Named in errors and events. Default 'circuit'. */
  readonly name?: string;
  /** Failures in a row that open the circuit. Default 5. Not together with `detector`. */
  readonly failureThreshold?: number;
  /** Another rule for opening: `countWindow()`, `timeWindow()`, or your own. */
  readonly detector?: FailureDetector;
  /** How long it stays open before it lets a probe through; a function is told how many recoveries have failed. Default '60s'. */
  readonly openFor?: Duration | OpenDuration;
  /** Spreads `openFor` by up to this share, so that a fleet does not probe in step. From 0 to 1, default 0. */
  readonly openJitter?: number;
  /** Calls let through while half-open, and how many of them have to end before the circuit closes. Default 3. */
  readonly halfOpenProbes?: number;
  /** The share of probes that may fail; one more, and it opens again. From 0 to 1, default 0. */
  readonly permittedFailureRate?: number;
  /** A probe that takes longer has failed. Default '5m': as long as Node's fetch waits for headers. Longer than the longest call. */
  readonly probeTimeout?: Duration;
  /** How long half-open may last without a decision. Default: no limit. */
  readonly halfOpenMaxWait?: Duration;
  /** What follows when `halfOpenMaxWait` has passed. Default 'open'. */
  readonly afterMaxWait?: 'open' | 'closed';
  /** What an error counts as. Default: refusals and aborts are ignored, the rest are failures. */
  readonly classifyError?: Classify;
  /** What a result counts as. Default: every result is a success. */
  readonly classifyResult?: Classify;
  /**
   * How long, in ms, the error or result asks to be left alone: the length of the opening that it
   * causes. Default: its `retryAfterMs`. What is not a number >= 0 is as if absent.
   */
  readonly retryAfter?: (evidence: unknown) => unknown;
  /** `retryAfter` opens for no longer than this. Default '10m'. */
  readonly longestRetryAfter?: Duration;
}

export interface CircuitBreakerDeps {
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Used by `openJitter`. Default: the system's. */
  readonly random?: Random;
  /** The same as subscribing at once. */
  readonly onEvent?: Listener<CircuitBreakerEvent>;
}

/** The options, checked, with the defaults in. */
export interface Settings extends Judgement {
  readonly rules: CircuitRules;
}

const owner = 'circuit-breaker';
const defaultOpenMs = 60_000;
const fiveInARow: FailureDetector<number> = /* @__PURE__ */ consecutive();

export function settingsFrom(options: CircuitBreakerOptions, random: Random): Settings {
  const { failureThreshold } = options;
  if (options.detector !== undefined && failureThreshold !== undefined) {
    refuseOption(owner, 'failureThreshold', 'absent when detector is given', failureThreshold);
  }
  const duration = (
    option: 'probeTimeout' | 'halfOpenMaxWait' | 'longestRetryAfter',
    standard: number,
    least: number,
  ) => {
    const value = options[option];
    return value === undefined ? standard : durationOption(owner, option, value, least);
  };
  const share = (option: 'permittedFailureRate' | 'openJitter') =>
    numberOption(owner, option, options[option] ?? 0, 0, 1);
  const standard = failureThreshold === undefined ? fiveInARow : consecutive(failureThreshold);
  const { detector = standard } = options;
  return {
    rules: {
      detector,
      probes: integerOption(owner, 'halfOpenProbes', options.halfOpenProbes ?? 3, 1, 1_000),
      permittedFailureRate: share('permittedFailureRate'),
      probeTimeoutMs: duration('probeTimeout', 300_000, 1),
      maxWaitMs: duration('halfOpenMaxWait', Infinity, 1),
      afterMaxWait: choiceOption(owner, 'afterMaxWait', options.afterMaxWait ?? 'open', [
        'open',
        'closed',
      ]),
      openFor: openForFrom(options.openFor, share('openJitter'), random),
    },
    classifyError: options.classifyError ?? classifyError,
    classifyResult: options.classifyResult,
    retryAfter: options.retryAfter ?? retryAfterOf,
    longestRetryAfterMs: duration('longestRetryAfter', 600_000, 0),
  };
}

function openForFrom(
  openFor: Duration | OpenDuration = defaultOpenMs,
  jitter: number,
  random: Random,
): CircuitRules['openFor'] {
  const base = typeof openFor === 'function' ? openFor : durationOption(owner, 'openFor', openFor);
  if (typeof base === 'number' && jitter === 0) return base;
  return (reopenings) => {
    const ms = typeof base === 'number' ? base : guarded(base, reopenings, defaultOpenMs);
    const spread = ms * (1 + jitter * (2 * random() - 1));
    // Finite, so that a snapshot survives JSON.
    return spread >= 0 ? Math.min(spread, Number.MAX_SAFE_INTEGER) : defaultOpenMs;
  };
}
