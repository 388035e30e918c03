import { ChimeraClient } from '@chimera/client';
import { type Command, type CommandOptions, Option } from 'commander';
import { daemonUrl } from './daemon-url.ts';
import { defined } from '../defined.ts';

export interface ClientFlags {
  readonly url?: string;
  readonly json?: boolean;
}

/** A command that asks a running daemon. */
export function clientCommand(
  parent: Command,
  signature: string,
  description: string,
  options: CommandOptions = {},
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
    .option('--json', 'print the answer as JSON');
}

export function clientFor({
  token,
  url,
}: ClientFlags & { readonly token?: string }): ChimeraClient {
  return new ChimeraClient(defined({ token, url }));
}
