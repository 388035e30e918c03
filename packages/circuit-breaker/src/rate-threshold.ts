import {
  choiceOption,
  type Duration,
  durationOption,
  integerOption,
  refuseOption,
} from '@chimera/policy';
import type { SlowCalls, TripReason, WindowCounts } from './failure-detector.ts';

/** From which shares of failed or slow calls on a window opens the circuit. */
export interface RateOptions {
  /** The share of calls that may fail. In (0, 1], default 0.5. */
  readonly failureRate?: number;
  /** With fewer calls than this in the window nothing opens. Default 20. */
  readonly minCalls?: number;
  /** Calls that take longer than `over` are slow, and open the circuit like failures do. Default: none is. */
  readonly slow?: { readonly over: Duration; readonly rate: number };
  /** Whether a rate opens when it is reached or only when it is exceeded. Default 'reached'. */
  readonly opensWhen?: 'reached' | 'exceeded';
}

export interface RateThreshold {
  readonly failureRate: number;
  readonly minCalls: number;
  readonly slow: SlowCalls | undefined;
  readonly opensWhen: 'reached' | 'exceeded';
}

const owner = 'circuit-breaker';

export function rateThreshold(options: RateOptions): RateThreshold {
  const { slow } = options;
  return {
    failureRate: rateOption('failureRate', options.failureRate ?? 0.5),
    minCalls: integerOption(owner, 'minCalls', options.minCalls ?? 20, 1),
    slow: slow && {
      overMs: durationOption(owner, 'slow.over', slow.over),
      rate: rateOption('slow.rate', slow.rate),
    },
    opensWhen: choiceOption(owner, 'opensWhen', options.opensWhen ?? 'reached', [
      'reached',
      'exceeded',
    ]),
  };
}

export function rateTripReason(
  { calls, failures, slow }: WindowCounts,
  threshold: RateThreshold,
): TripReason | undefined {
  if (calls < threshold.minCalls) return undefined;
  if (isOver(failures / calls, threshold.failureRate, threshold)) return 'failure rate';
  return threshold.slow !== undefined && isOver(slow / calls, threshold.slow.rate, threshold)
    ? 'slow-call rate'
    : undefined;
}

function isOver(rate: number, limit: number, { opensWhen }: RateThreshold): boolean {
  return opensWhen === 'reached' ? rate >= limit : rate > limit;
}

function rateOption(option: string, value: number): number {
  if (value > 0 && value <= 1) return value;
  return refuseOption(owner, option, 'a number greater than 0 and at most 1', value);
}
