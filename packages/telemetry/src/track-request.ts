import { measureBy, type Measure } from './instrumented.ts';
import { recipeFor, type WrapperOptions } from './recipe.ts';

/** Everything about a call: `NAME.duration`, `NAME.calls`, `NAME.errors`, and a span `NAME`. */
export function trackRequest(name: string, options: WrapperOptions = {}): Measure {
  return measureBy({
    ...recipeFor('trackRequest', { name }, options),
    duration: `${name}.duration`,
    calls: { name: `${name}.calls`, increment: 1 },
    errors: `${name}.errors`,
    span: name,
  });
}
