import { ChimeraClient } from '@chimera/client';
import { type Duration, parseDuration } from '@chimera/policy';
import { type Command, type CommandOptions, InvalidArgumentError, Option } from 'commander';
import { daemonUrl } from './daemon-url.ts';
import { defined } from '../defined.ts';

export interface ClientFlags {
  readonly url?: string;
  /** In ms. */
  readonly requestTimeout?: number;
  readonly json?: boolean;
}

/** A command that asks a running daemon. */
export function clientCommand(
  parent: Command,
  signature: string,
  description: string,
  {
    answersWithin = '30s',
    ...options
  }: CommandOptions & { readonly answersWithin?: Duration } = {},
): Command {
  return parent
    .command(signature, options)
    .description(description)
    .addOption(
      new Option('--url <url>', 'where the daemon listens')
        .argParser(daemonUrl)
        .env('CHIMERA_URL')
        .default('http://127.0.0.1:7717'),
    )
    .option('--json', 'print the answer as JSON')
    .addOption(
      new Option('--request-timeout <duration>', 'how long the daemon may take to answer')
        .argParser(requestTimeout)
        .env('CHIMERA_REQUEST_TIMEOUT')
        .default(parseDuration(answersWithin), String(answersWithin)),
    );
}

export function clientFor({
  requestTimeout: timeoutMs,
  token,
  url,
}: ClientFlags & { readonly token?: string }): ChimeraClient {
  return new ChimeraClient(defined({ timeoutMs, token, url }));
}

/** Node's own `fetch` waits no longer. */
const longestMs = 300_000;

function requestTimeout(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms < 1 || ms > longestMs)
    throw new InvalidArgumentError("It must be a duration from 1ms to 5m, such as '30s'.");
  return ms;
}
