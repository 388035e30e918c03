import type { Advice, Pace, RuleMemory, ScalingRule } from './rule.ts';
import type { Reading } from './snapshot.ts';

export interface CombinedAdvice extends Advice {
  /** The rule that decided. */
  readonly rule: string;
  readonly pace: Pace;
  readonly memories: readonly RuleMemory[];
}

/**
 * One answer of several rules: the largest size that any asks for, under the lowest limit that any
 * sets. So one rule is enough to grow, and all must agree to shrink, at the pace of the slowest.
 * (Kubernetes' autoscaler combines its metrics the same way.)
 */
export function combine(
  rules: readonly ScalingRule[],
  reading: Reading,
  memories: readonly RuleMemory[],
): CombinedAdvice {
  let chosen: { rule: ScalingRule; advice: Advice } | undefined;
  let limiting: { rule: ScalingRule; advice: Advice; limit: number } | undefined;
  const remembered: RuleMemory[] = [];
  for (const [index, rule] of rules.entries()) {
    const { advice: told, memory } = rule.advise(reading, memories[index]);
    remembered.push(memory);
    // Nothing is over NaN: what the rules after this one ask for would not count.
    const advice = Number.isNaN(told.want) ? { ...told, want: reading.size } : told;
    if (chosen === undefined || advice.want > chosen.advice.want) chosen = { rule, advice };
    if (advice.limit !== undefined && advice.limit < (limiting?.limit ?? Infinity)) {
      limiting = { rule, advice, limit: advice.limit };
    }
  }
  if (chosen === undefined) throw new Error('pool-autoscaler: there is no rule to ask');
  const isLimited = limiting !== undefined && limiting.limit < chosen.advice.want;
  const { rule, advice } = isLimited && limiting !== undefined ? limiting : chosen;
  const want = isLimited && limiting !== undefined ? limiting.limit : advice.want;
  const pace = want < reading.size ? slowestShrink(rules) : rule.pace;
  return { want, reason: advice.reason, rule: rule.name, pace, memories: remembered };
}

function slowestShrink(rules: readonly ScalingRule[]): Pace {
  const pace = { upBy: 0, downBy: Infinity, upEveryMs: 0, downEveryMs: 0, reversalMs: 0 };
  for (const rule of rules) {
    pace.downBy = Math.min(pace.downBy, rule.pace.downBy);
    pace.downEveryMs = Math.max(pace.downEveryMs, rule.pace.downEveryMs);
    pace.reversalMs = Math.max(pace.reversalMs, rule.pace.reversalMs);
  }
  return pace;
}
