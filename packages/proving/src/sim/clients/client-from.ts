import type { Client, ClientOf, ClientSite } from './client.ts';
import { ThroughPolicy } from './through-policy.ts';

/** The client that a factory makes, whatever it made it of. */
export function clientFrom(
  make: ClientOf,
  site: ClientSite,
  index: number,
  tellsAborts: boolean,
): Client {
  const made = make(site, index);
  if ('begin' in made) return made;
  if ('execute' in made) return new ThroughPolicy(made, site.agenda, tellsAborts);
  const client = new ThroughPolicy(made.policy, site.agenda, tellsAborts);
  return { begin: (call) => client.begin(call), status: made.status };
}
