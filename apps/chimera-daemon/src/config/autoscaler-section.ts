import {
  lean,
  panic,
  type PoolAutoscalerOptions,
  scalingPolicy,
  target,
} from '@chimera/pool-autoscaler';
import { z } from 'zod';
import { defined } from '../defined.ts';
import { count, duration, durationFrom, ratio, section } from './fields.ts';
import { checkOptions, type Refuse } from './package-options.ts';

export const autoscalerSection = section({
  enabled: z.boolean().default(true),
  /** How the size is found; what the rules do is told by `@chimera/pool-autoscaler`. */
  rule: z.enum(['threshold', 'target', 'lean', 'panic']).default('threshold'),
  /** This and the next four: of the rule `threshold`, whose defaults they have. */
  scaleUpAt: ratio.optional(),
  scaleUpBy: count.min(1).optional(),
  scaleDownAt: ratio.optional(),
  scaleDownBy: count.min(1).optional(),
  cooldown: duration.optional(),
  interval: durationFrom(100, '100ms').prefault('1s'),
});

type AutoscalerConfig = z.output<typeof autoscalerSection>;
interface PoolBounds {
  readonly min: number;
  readonly max: number;
}

const rules = { target, lean, panic };
/** Options of the threshold rule, and the settings that give them. */
const settings = {
  upAt: 'scaleUpAt',
  upBy: 'scaleUpBy',
  downAt: 'scaleDownAt',
  downBy: 'scaleDownBy',
  cooldownMs: 'cooldown',
} as const;

export function autoscalerOptions(
  config: AutoscalerConfig,
  { min, max }: PoolBounds,
): PoolAutoscalerOptions {
  if (config.rule !== 'threshold') return { min, max, rules: rules[config.rule]() };
  const { cooldown, scaleDownAt, scaleDownBy, scaleUpAt, scaleUpBy } = config;
  return defined({
    min,
    max,
    upAt: scaleUpAt,
    upBy: scaleUpBy,
    downAt: scaleDownAt,
    downBy: scaleDownBy,
    cooldownMs: cooldown,
  });
}

/** @param pool undefined where a bound cannot be read: what depends on the bounds may be right then */
export function checkAutoscaler(
  config: AutoscalerConfig,
  pool: PoolBounds | undefined,
  refuse: Refuse,
): void {
  if (config.rule !== 'threshold') {
    for (const name of Object.values(settings)) {
      if (config[name] === undefined) continue;
      refuse(['autoscaler', name], `must be left out with the rule ${config.rule}`);
    }
  }
  if (pool === undefined) return;
  const build = () => scalingPolicy(autoscalerOptions(config, pool));
  checkOptions(build, 'autoscaler', settings, refuse);
}
