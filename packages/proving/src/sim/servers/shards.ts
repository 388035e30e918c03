import { countOption } from '../engine/finite-option.ts';
import { partOf } from '../engine/site.ts';
import type { ServerOf } from './server.ts';

/**
 * So many servers, each for its part of the keys. A trigger that names a shard is felt there alone.
 *
 * @throws RangeError when `count` is not an integer from 1 on.
 */
export function shards(count: number, of: ServerOf): ServerOf {
  countOption('shards', 'count', count, 1);
  return (site) => {
    const servers = Array.from({ length: count }, (_, shard) =>
      of(partOf(site, site.conditions.ofShard(shard))),
    );
    return {
      heedsAborts: servers.some(({ heedsAborts }) => heedsAborts === true),
      take: (request) => servers[Math.floor(request.key * count)]?.take(request),
    };
  };
}
