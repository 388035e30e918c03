import { measureBy, type Measure } from './instrumented.ts';
import { recipeFor, type WrapperOptions } from './recipe.ts';

/**
 * How long calls take, in seconds: histogram `NAME.duration`.
 * @throws RangeError for a name or label that no reader takes, as every wrapper does.
 */
export function timed(name: string, options: WrapperOptions = {}): Measure {
  return measureBy({ ...recipeFor('timed', { name }, options), duration: `${name}.duration` });
}
