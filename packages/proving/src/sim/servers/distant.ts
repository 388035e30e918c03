import { partOf } from '../engine/site.ts';
import { samplerOf, type Times, timesOption } from '../engine/times.ts';
import { Relayed } from './relayed.ts';
import type { ServerOf } from './server.ts';

/**
 * A server behind a network: each request takes so long to it, and each answer so long back.
 *
 * @throws RangeError for a wrong time.
 */
export function distant(hop: Times, of: ServerOf): ServerOf {
  timesOption('distant', 'hop', hop);
  return (site) => {
    const { agenda } = site;
    const server = of(partOf(site));
    const hopMs = samplerOf(hop, site.random);
    return {
      heedsAborts: server.heedsAborts === true,
      take(request) {
        const there = new Relayed(request, (answer) => {
          agenda.after(hopMs(), () => request.answered(answer));
        });
        agenda.after(hopMs(), () => server.take(there));
      },
    };
  };
}
