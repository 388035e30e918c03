import { measureBy, type Measure } from './instrumented.ts';
import { recipeFor, type WrapperOptions } from './recipe.ts';

/**
 * Everything about a call to the outside: `adapter.ADAPTER.duration`, `.calls`, `.errors`, and a
 * span `adapter.ADAPTER.request`.
 */
export function trackAdapterRequest(adapter: string, options: WrapperOptions = {}): Measure {
  const name = `adapter.${adapter}`;
  return measureBy({
    ...recipeFor('trackAdapterRequest', { adapter }, options),
    duration: `${name}.duration`,
    calls: { name: `${name}.calls`, increment: 1 },
    errors: `${name}.errors`,
    span: `${name}.request`,
  });
}
