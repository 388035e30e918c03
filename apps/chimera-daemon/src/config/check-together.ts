import type { z } from 'zod';
import { autoscalerSection, checkAutoscaler } from './autoscaler-section.ts';
import type { ConfigIssue } from './config-error.ts';
import { checkDegradation, degradationSection } from './degradation-section.ts';
import { isTree, type Tree, valueAt } from './layer.ts';
import { checkLimits } from './limits-section.ts';
import type { Refuse } from './package-options.ts';
import { poolSection } from './pool-section.ts';
import { settingPath } from './setting-path.ts';

/**
 * What contradicts each other. Values that are wrong in themselves are left out with what stands or
 * falls with them, so that all that is wrong is told at once.
 */
export function checkTogether(settings: Tree): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const refuse: Refuse = (path, rule) =>
    issues.push({ path: settingPath(path), rule, value: valueAt(settings, path.map(String)) });
  const degradation = section(degradationSection, settings.degradation);
  if (degradation !== undefined) checkDegradation(degradation, refuse);
  const agents = Object.keys(isTree(settings.agents) ? settings.agents : {});
  checkLimits(settings.limits, agents, refuse);
  const autoscaler = section(autoscalerSection, settings.autoscaler);
  const bounds = checkPool(settings, refuse);
  if (autoscaler !== undefined) checkAutoscaler(autoscaler, bounds, refuse);
  return issues;
}

/**
 * Tells of bounds that contradict each other. Gives bounds that do not, so that they hide nothing
 * else; undefined where one cannot be read.
 */
function checkPool(
  settings: Tree,
  refuse: Refuse,
): { readonly min: number; readonly max: number } | undefined {
  const given = (name: 'max' | 'min') => valueAt(settings, ['pool', name]);
  const min = poolSection.shape.min.safeParse(given('min')).data;
  const max = poolSection.shape.max.safeParse(given('max')).data;
  if (min === undefined || max === undefined) return undefined;
  if (min <= max) return { min, max };
  const isDefault = given('min') === undefined || given('max') === undefined;
  const names = Object.keys(isTree(settings.pool) ? settings.pool : {});
  // The bound that seems to be the default may be the one that is misspelt.
  if (isDefault && names.some((name) => !Object.hasOwn(poolSection.shape, name)))
    return { min: max, max: min };
  if (given('min') !== undefined) refuse(['pool', 'min'], `must be at most pool.max (${max})`);
  else refuse(['pool', 'max'], `must be at least pool.min (${min})`);
  return { min: max, max: min };
}

/** Without what is no setting, which is told by itself; undefined when it is wrong all the same. */
function section<Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
): z.output<Schema> | undefined {
  const value = structuredClone(given ?? {});
  for (const issue of schema.safeParse(value).error?.issues ?? []) {
    const tree = valueAt(value, issue.path.map(String));
    if (issue.code !== 'unrecognized_keys' || !isTree(tree)) continue;
    for (const key of issue.keys) delete tree[key];
  }
  return schema.safeParse(value).data;
}
