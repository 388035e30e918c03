import { type Duration, durationOption, integerOption, refuseOption } from '@chimera/policy';
import type { ScalingPolicy } from './decide.ts';
import type { ScalingRule } from './rule.ts';
import { threshold, type ThresholdOptions } from './rules/threshold.ts';

export interface PoolAutoscalerOptions extends ThresholdOptions {
  /** Smallest pool; default 3. */
  readonly min?: number;
  /** Largest pool; default 10. */
  readonly max?: number;
  /**
   * How the size is found; default `threshold()` with the threshold options given here. Several
   * rules grow the pool when any asks for it, and shrink it when all agree.
   */
  readonly rules?: ScalingRule | readonly ScalingRule[];
  /** What adding and removing one slot costs, as time of an idle slot; default 0. */
  readonly resizeCostMs?: Duration;
  /** Values older than this count as unknown; default 15 s. */
  readonly staleAfterMs?: Duration;
  /** Decides and logs, but always answers `hold`; default false. */
  readonly dryRun?: boolean;
  /** How many decisions the log keeps; default 100. */
  readonly logSize?: number;
}

const owner = 'pool-autoscaler';
const thresholdOptions = ['upAt', 'downAt', 'upBy', 'downBy', 'cooldownMs'] as const;

/** @throws RangeError for the first option that is wrong. */
export function scalingPolicy(options: PoolAutoscalerOptions): ScalingPolicy {
  const max = integerOption(owner, 'max', options.max ?? 10, 1, 1_000_000);
  const min = integerOption(owner, 'min', options.min ?? Math.min(3, max), 1, max);
  const rules = chosenRules(options);
  for (const rule of rules) rule.check?.(min, max);
  return {
    min,
    max,
    rules,
    resizeCostMs: durationOption(owner, 'resizeCostMs', options.resizeCostMs ?? 0),
    staleAfterMs: durationOption(owner, 'staleAfterMs', options.staleAfterMs ?? 15_000),
  };
}

function chosenRules(options: PoolAutoscalerOptions): readonly ScalingRule[] {
  if (options.rules === undefined) return [threshold(options)];
  for (const name of thresholdOptions) {
    if (options[name] !== undefined) {
      refuseOption(owner, name, 'given to threshold() when rules are given', options[name]);
    }
  }
  const rules = 'advise' in options.rules ? [options.rules] : options.rules;
  if (rules.length === 0) refuseOption(owner, 'rules', 'at least one rule', rules.length);
  return rules;
}
