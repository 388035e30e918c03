import { z } from 'zod';
import type { LimitRule } from '@chimera/workflow-store';
import { labelName } from '../labels.ts';
import { count, durationFrom, section } from './fields.ts';
import { isTree } from './layer.ts';
import type { Refuse } from './package-options.ts';

/** How much of what shares a label, or an agent, may run at a time and start in a time. */
export const limitsSection = z.array(
  section({
    /** Each value of this label has the limit for itself. */
    label: labelName.optional(),
    /** Or the phases of this agent have it together. */
    agent: z.string().min(1).optional(),
    concurrency: count.min(1).optional(),
    rate: section({
      /** Phases that start in any stretch of this length: a retry and a second visit are starts, too. */
      starts: count.min(1).max(1_000),
      per: durationFrom(1, '1ms'),
    }).optional(),
  }),
);

type LimitsConfig = z.output<typeof limitsSection>;

export function limitRules(limits: LimitsConfig): readonly LimitRule[] {
  return limits.flatMap(({ agent, concurrency, label, rate }): readonly LimitRule[] => {
    const bounds = {
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(rate === undefined ? {} : { rate: { starts: rate.starts, perMs: rate.per } }),
    };
    if (label !== undefined) return [{ label, ...bounds }];
    return agent === undefined ? [] : [{ agent, ...bounds }];
  });
}

/** Of the list as it was written: a rule that is wrong in itself hides nothing else. */
export function checkLimits(limits: unknown, agents: readonly string[], refuse: Refuse): void {
  if (!Array.isArray(limits)) return;
  const seen = new Set<string>();
  for (const [index, rule] of limits.entries()) {
    if (!isTree(rule)) continue;
    const { agent, concurrency, label, rate } = rule;
    const path = ['limits', index];
    if ((label === undefined) === (agent === undefined))
      refuse(path, 'must name either a label or an agent');
    else if (typeof agent === 'string' && agent !== '' && !agents.includes(agent))
      refuse([...path, 'agent'], 'must be one of the agents');
    if (concurrency === undefined && rate === undefined)
      refuse(path, 'must have a concurrency or a rate');
    const name = label ?? agent;
    if (typeof name !== 'string') continue;
    const subject = label === undefined ? `agent ${name}` : `label ${name}`;
    if (seen.has(subject)) refuse(path, `must be the only one for the ${subject}`);
    seen.add(subject);
  }
}
