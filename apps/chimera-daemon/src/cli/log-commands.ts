import { type Command, Argument } from 'commander';
import { clientCommand, clientFor, type ClientFlags } from './client-command.ts';
import { printJson, printLines } from './output.ts';

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

export function logCommands(program: Command): void {
  clientCommand(program, 'log-level', 'show what a running daemon logs, or change it')
    .addArgument(
      new Argument('[level]', 'log this and what is graver, from now on').choices(levels),
    )
    .action(async (level: string | undefined, flags: ClientFlags) => {
      const client = clientFor(flags);
      const answer =
        level === undefined ? await client.logLevel() : await client.setLogLevel(level);
      if (flags.json) return printJson(answer);
      printLines([answer.level]);
    });
}
