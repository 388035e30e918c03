import type { Config } from '../config/schema.ts';

/** A setting of a breaker, as it is in effect. */
export interface BreakerSetting {
  /** Where it is set: for the agent alone, or for all. */
  readonly path: string;
  readonly value: number;
}

/** `agent` undefined: that of an agent without settings of its own. */
export function breakerSetting(
  { agents, breaker }: Pick<Config, 'agents' | 'breaker'>,
  agent: string | undefined,
  key: 'failureThreshold' | 'openFor',
): BreakerSetting {
  const own = agent === undefined ? undefined : agents[agent]?.breaker?.[key];
  return own === undefined
    ? { path: `breaker.${key}`, value: breaker[key] }
    : { path: `agents.${agent}.breaker.${key}`, value: own };
}
