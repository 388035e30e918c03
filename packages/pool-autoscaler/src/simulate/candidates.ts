import type { ScalingRule } from '../rule.ts';
import { lean } from '../rules/lean.ts';
import { panic } from '../rules/panic.ts';
import { seasonal } from '../rules/seasonal.ts';
import { target } from '../rules/target.ts';
import { threshold } from '../rules/threshold.ts';
import type { Candidate } from './compare.ts';

/** Rules by name, with their defaults; `+` joins several. */
const makers: Readonly<Record<string, () => ScalingRule>> = {
  threshold: () => threshold(),
  target: () => target(),
  panic: () => panic(),
  lean: () => lean(),
  seasonal: () => seasonal(),
};

export const defaultCandidates = 'threshold,target,panic,lean';

/**
 * The candidates that a list such as `threshold,lean+seasonal` names.
 *
 * @throws RangeError for a name that is not known.
 */
export function candidatesOf(names: string): readonly Candidate[] {
  return names.split(',').map((name) => ({
    name,
    rules: name.split('+').map((part) => {
      const make = Object.hasOwn(makers, part) ? makers[part] : undefined;
      if (make !== undefined) return make();
      const known = Object.keys(makers).join(', ');
      throw new RangeError(`simulate: rules must be of ${known} (joined by + or ,), got "${part}"`);
    }),
  }));
}
