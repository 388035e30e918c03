import { type Checked, type CheckOptions, checkPolicy } from './check-policy.ts';
import type { Rules } from './rules.ts';
import type { Create } from './subject.ts';

/** That a policy keeps its rules. `chimera-prove file.ts` tries all claims that the file exports. */
export interface Claim {
  readonly create: Create;
  readonly rules: Rules;
  readonly options: CheckOptions;
}

export function claim(create: Create, rules: Rules, options: CheckOptions = {}): Claim {
  return { create, rules, options };
}

/** Rejects as `checkPolicy` does. */
export function prove(
  { create, rules, options }: Claim,
  more: CheckOptions = {},
): Promise<Checked> {
  return checkPolicy(create, rules, { ...options, ...more });
}
