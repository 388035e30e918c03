import { numberOption } from '@chimera/policy';
import { measureBy, type Measure } from './instrumented.ts';
import { recipeFor, type WrapperOptions } from './recipe.ts';

export interface CountedOptions extends WrapperOptions {
  /** What a call adds. Default 1. */
  readonly increment?: number;
}

/** How many calls end, and how: counter `NAME.calls` by `status` (success, error, aborted, rejected). */
export function counted(name: string, options: CountedOptions = {}): Measure {
  const increment = numberOption('counted', 'increment', options.increment ?? 1, 0);
  const calls = { name: `${name}.calls`, increment };
  return measureBy({ ...recipeFor('counted', { name }, options), calls });
}
