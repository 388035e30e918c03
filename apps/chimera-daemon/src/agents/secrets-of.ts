import type { Config } from '../config/schema.ts';
import { isSecretKey } from '../logging/redact.ts';

/** Shorter ones would be found in words that are none. */
const shortest = 8;

/** The values that agents are given by secret names, and the administrator's token: no agent's words may hold them. */
export function secretsOf(
  { agents, http }: Pick<Config, 'agents' | 'http'>,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const given = Object.values(agents).flatMap((agent) =>
    agent.type === 'command'
      ? [
          ...Object.entries(agent.env),
          ...agent.inheritEnv.map((name) => [name, environment[name] ?? ''] as const),
        ]
      : [],
  );
  const values = given.filter(([name]) => isSecretKey(name)).map(([, value]) => value);
  const all = new Set([...values, http.adminToken ?? ''].flatMap(waysToPrint));
  // A longer one may hold a shorter one.
  return [...all]
    .filter((value) => value.length >= shortest)
    .toSorted((a, b) => b.length - a.length);
}

/** Mostly without the white space around it; what an agent prints in JSON has it as JSON writes it. */
function waysToPrint(value: string): readonly [string, string] {
  const bare = value.trim();
  return [bare, JSON.stringify(bare).slice(1, -1)];
}
