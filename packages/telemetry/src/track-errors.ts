import { measureBy, type Measure } from './instrumented.ts';
import { recipeFor, type WrapperOptions } from './recipe.ts';

/** How many calls fail, by `error.type`: counter `NAME.errors`. Aborts and refusals are no errors. */
export function trackErrors(name: string, options: WrapperOptions = {}): Measure {
  return measureBy({ ...recipeFor('trackErrors', { name }, options), errors: `${name}.errors` });
}
