import { measureBy, type Measure } from './instrumented.ts';
import { recipeFor, type WrapperOptions } from './recipe.ts';

/** A span `NAME` for each call, with the labels as attributes; it fails when the call fails. */
export function traced(name: string, options: WrapperOptions = {}): Measure {
  return measureBy({ ...recipeFor('traced', { name }, options), span: name });
}
