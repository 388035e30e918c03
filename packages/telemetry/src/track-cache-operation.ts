import { measureBy, type Measure } from './instrumented.ts';
import { recipeFor, type WrapperOptions } from './recipe.ts';

export interface CacheOptions extends WrapperOptions {
  /** Whether the result was in the cache. Default: it is neither undefined nor null. */
  readonly isHit?: (result: unknown) => boolean;
}

/**
 * A cache's operation: `cache.LAYER.OPERATION.duration` and `.calls`; and for the operation `get`,
 * or when `isHit` is given, `cache.LAYER.hits` and `cache.LAYER.misses`.
 */
export function trackCacheOperation(
  layer: string,
  operation: string,
  options: CacheOptions = {},
): Measure {
  const recipe = recipeFor('trackCacheOperation', { layer, operation }, options);
  const name = `cache.${layer}.${operation}`;
  const measured = {
    ...recipe,
    duration: `${name}.duration`,
    calls: { name: `${name}.calls`, increment: 1 },
  };
  if (operation !== 'get' && options.isHit === undefined) return measureBy(measured);
  const isHit = options.isHit ?? ((result) => result !== undefined && result !== null);
  const cache = { hits: `cache.${layer}.hits`, misses: `cache.${layer}.misses`, isHit };
  return measureBy({ ...measured, cache });
}
