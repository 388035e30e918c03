/** What the daemon's refusals name, and the command that asks for the same. */
const commands: readonly (readonly [route: RegExp, command: string])[] = [
  [/^GET \/api\/workflows$/, 'chimera list'],
  [/^GET \/api\/workflows\/(\S+)$/, 'chimera show $1'],
  [/^GET \/api\/dead-letters$/, 'chimera dlq list'],
  [/^GET \/api\/dead-letters\?workflow=(\S+)$/, 'chimera dlq list --workflow $1'],
  [/^GET \/api\/dead-letters\/groups$/, 'chimera dlq groups'],
  [
    /^GET \/api\/dead-letters\/redrive, or end it with POST .*$/,
    'chimera dlq redrive --status, or end it with --stop',
  ],
  [/^GET \/api\/dead-letters\/(\S+)$/, 'chimera dlq show $1'],
];

/** A refusal says where to look in the words of HTTP; here it is a command that is typed. */
export function seeCommand(message: string): string {
  return message.replace(/(?<=; see: ).+$/s, (route) => {
    const known = commands.find(([pattern]) => pattern.test(route));
    return known === undefined ? route : route.replace(...known);
  });
}
