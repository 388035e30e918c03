import {
  type Time,
  type Duration,
  durationOption,
  integerOption,
  type Listener,
  numberOption,
  refuseOption,
} from '@chimera/policy';
import type { CircuitRules, HalfOpenBound } from './circuit-state.ts';
import { type Classify, classifyError, type Judgement, msFrom, retryAfterOf } from './classify.ts';
import { consecutive } from './consecutive.ts';
import type { CircuitBreakerEvent } from './events.ts';
import type { FailureDetector } from './failure-detector.ts';

import type { OpenDuration } from './open-duration.ts';

/** How to tell that what is called is down: by failures in a row, or by a detector. */
export type CircuitBreakerOptions = CommonOptions &
  (
    | {
        /** Failures in a row that open the circuit. Default 5. */
        readonly failureThreshold?: number;
        readonly detector?: undefined;
      }
    | {
        /** Another rule for opening: `countWindow()`, `timeWindow()`, or your own. */
        readonly detector: FailureDetector;
        readonly failureThreshold?: undefined;
      }
  );

interface CommonOptions {
  /** Named in errors and events. Default 'circuit'. */
  readonly name?: string;
  /** How long it stays open before it lets a probe through; a function (`growingOpen`, `jittered`, your own) is told how many recoveries have failed. Default '60s'. */
  readonly openFor?: Duration | OpenDuration;
  /** Calls let through while half-open, and how many of them have to end before the circuit closes. Default 3. */
  readonly halfOpenProbes?: number;
  /** The share of probes that may fail; one more, and it opens again. From 0 to 1, default 0. */
  readonly permittedFailureRate?: number;
  /** A probe that takes longer has failed. Default '5m': as long as Node's fetch waits for headers. Longer than the longest call. */
  readonly probeTimeout?: Duration;
  /** How long half-open may last without a decision: `atMost('1m')`, `atMost('1m', 'closed')`. Default: no limit. */
  readonly halfOpenMaxWait?: HalfOpenBound;
  /** What an error counts as. Default: refusals and aborts are ignored, the rest are failures. */
  readonly classifyError?: Classify;
  /** What a result counts as. Default: every result is a success. */
  readonly classifyResult?: Classify;
  /**
   * How long, in ms, the error or result asks to be left alone: the length of the opening that it
   * causes. Default: its `retryAfterMs`, 10 minutes at most. What is not a number >= 0 is as if absent.
   */
  readonly retryAfter?: (evidence: unknown) => number | undefined;
}

export interface CircuitBreakerDeps {
  /** Default: the system's. */
  readonly clock?: Time;
  /** The same as subscribing at once. */
  readonly onEvent?: Listener<CircuitBreakerEvent>;
}

/** The options, checked, with the defaults in. */
export interface Settings extends CircuitRules, Judgement {}

const owner = 'circuit-breaker';
const defaultOpenMs = 60_000;
const fiveInARow: FailureDetector<number> = /* @__PURE__ */ consecutive();

export function settingsFrom(options: CircuitBreakerOptions): Settings {
  const { detector, failureThreshold, openFor = defaultOpenMs } = options;
  if (detector && failureThreshold) {
    refuseOption(owner, 'failureThreshold', 'absent beside detector', failureThreshold);
  }
  const standard = failureThreshold === undefined ? fiveInARow : consecutive(failureThreshold);
  return {
    detector: detector ?? standard,
    probes: integerOption(owner, 'halfOpenProbes', options.halfOpenProbes ?? 3, 1, 1_000),
    permittedFailureRate: numberOption(
      owner,
      'permittedFailureRate',
      options.permittedFailureRate ?? 0,
      0,
      1,
    ),
    probeTimeoutMs: durationOption(owner, 'probeTimeout', options.probeTimeout ?? 300_000, 1),
    maxWait: options.halfOpenMaxWait,
    openFor:
      typeof openFor === 'function'
        ? (reopenings) => msFrom(openFor, reopenings) ?? defaultOpenMs
        : durationOption(owner, 'openFor', openFor),
    classifyError: options.classifyError ?? classifyError,
    classifyResult: options.classifyResult,
    retryAfter: options.retryAfter ?? retryAfterOf,
  };
}
