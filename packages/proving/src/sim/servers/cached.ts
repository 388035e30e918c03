import { onlyKnown } from '../../check/only-known.ts';
import { countOption, objectOption } from '../engine/finite-option.ts';
import { partOf } from '../engine/site.ts';
import { samplerOf, type Times, timesOption } from '../engine/times.ts';
import { Relayed } from './relayed.ts';
import type { ServerOf } from './server.ts';

export interface CachedOptions {
  /** How many different things are asked for, each as often. */
  readonly keys: number;
  /** How many of them are kept; those asked for last. Default: all. */
  readonly capacity?: number;
  /** How long an answer takes that is kept. Default 1 ms. */
  readonly hit?: Times;
  /** Holds what it can from the start. Default true; a cold cache fills as answers come. */
  readonly isWarm?: boolean;
}

/**
 * A cache before a server. What it does not hold the server is asked for, by everybody who misses
 * it; good answers are kept. The trigger `flush` empties it.
 *
 * @throws RangeError for a wrong option.
 */
export function cached(options: CachedOptions, of: ServerOf): ServerOf {
  objectOption('cached', 'options', options);
  onlyKnown('cached', 'the options', options, ['keys', 'capacity', 'hit', 'isWarm']);
  const keys = countOption('cached', 'keys', options.keys, 1);
  const capacity = countOption('cached', 'capacity', options.capacity ?? keys, 1);
  const hit = timesOption('cached', 'hit', options.hit ?? 1);
  return (site) => {
    const { agenda, conditions } = site;
    const server = of(partOf(site));
    const hitMs = samplerOf(hit, site.random);
    /** In the order of use, the longest unused first. */
    const held: Set<number> = new Set();
    const use = (key: number) => {
      held.delete(key);
      held.add(key);
      if (held.size <= capacity) return;
      const [oldest] = held;
      if (oldest !== undefined) held.delete(oldest);
    };
    if (options.isWarm !== false) for (let key = 0; key < capacity; key += 1) use(key);
    conditions.onChange((isFlush) => {
      if (isFlush) held.clear();
    });
    return {
      heedsAborts: server.heedsAborts === true,
      take(request) {
        const key = Math.floor(request.key * keys);
        if (held.has(key)) {
          use(key);
          request.startedAt = agenda.now;
          agenda.after(hitMs(), () => request.answered('ok'));
          return;
        }
        server.take(
          new Relayed(request, (answer) => {
            if (answer === 'ok') use(key);
            request.answered(answer);
          }),
        );
      },
    };
  };
}
