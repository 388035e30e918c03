import type { z } from 'zod';
import { autoscalerSection, checkAutoscaler } from './autoscaler-section.ts';
import type { ConfigIssue } from './config-error.ts';
import { checkDegradation, degradationSection } from './degradation-section.ts';
import { isTree, type Tree, valueAt } from './layer.ts';
import { checkLimits } from './limits-section.ts';
import type { Refuse } from './package-options.ts';
import { poolSection } from './pool-section.ts';

/**
 * What contradicts each other. Sections that are wrong in themselves are left out, so that all that
 * is wrong is told at once.
 */
export function checkTogether(settings: Tree): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const refuse: Refuse = (path, rule) =>
    issues.push({ path: path.join('.'), rule, value: valueAt(settings, path) });
  const degradation = section(degradationSection, settings.degradation);
  if (degradation !== undefined) checkDegradation(degradation, refuse);
  const agents = Object.keys(isTree(settings.agents) ? settings.agents : {});
  checkLimits(settings.limits, agents, refuse);
  const pool = section(poolSection, settings.pool);
  if (pool === undefined) return issues;
  const { max, min } = pool;
  if (min > max) {
    const blamed = valueAt(settings, ['pool', 'min']) === undefined ? 'max' : 'min';
    if (blamed === 'min') refuse(['pool', 'min'], `must be at most pool.max (${max})`);
    else refuse(['pool', 'max'], `must be at least pool.min (${min})`);
    return issues;
  }
  const autoscaler = section(autoscalerSection, settings.autoscaler);
  if (autoscaler !== undefined) checkAutoscaler(autoscaler, pool, refuse);
  return issues;
}

/** Undefined when it is wrong in itself. */
function section<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> | undefined {
  return schema.safeParse(value ?? {}).data;
}
