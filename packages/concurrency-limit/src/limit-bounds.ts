import { integerOption } from '@chimera/policy';
import { owner } from './owner.ts';

export interface LimitBoundsOptions {
  /** Where it begins. */
  readonly initial?: number;
  /** It never becomes smaller than this. */
  readonly min?: number;
  /** It never becomes larger than this. */
  readonly max?: number;
}

export interface LimitBounds {
  readonly initial: number;
  readonly min: number;
  readonly max: number;
}

/** The bounds, checked. Without an initial limit of its own, it begins as near to the default's as the bounds allow. */
export function limitBounds(options: LimitBoundsOptions, defaults: LimitBounds): LimitBounds {
  const min = integerOption(owner, 'min', options.min ?? defaults.min, 1, 1_000_000);
  const max = integerOption(
    owner,
    'max',
    options.max ?? Math.max(min, defaults.max),
    min,
    1_000_000,
  );
  const initial = options.initial ?? within(defaults.initial, { min, max });
  return { initial: integerOption(owner, 'initial', initial, min, max), min, max };
}

export function within(limit: number, { min, max }: Pick<LimitBounds, 'min' | 'max'>): number {
  return Math.max(min, Math.min(max, limit));
}
