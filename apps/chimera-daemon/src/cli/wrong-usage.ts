import type { Command, CommanderError } from 'commander';
import { printable } from './output.ts';

/**
 * What is typed wrongly is told in one line, by the command and by all of its own: what was given,
 * and what there is instead.
 */
export function tellWrongUsage(command: Command, path: string = command.name()): void {
  // Commander would write some of it by itself, in several lines.
  command.configureOutput({ outputError: () => {} });
  command.exitOverride((error) => {
    // Help and version are written already.
    if (error.message.startsWith('error: '))
      process.stderr.write(`${line(error, command, path)}\n`);
    throw error;
  });
  // A word that is no command would be taken for an argument of the default command.
  command.hook('preSubcommand', ({ args: [word = ''], commands }) => {
    if (word === '' || word.startsWith('-') || commands.some((known) => known.name() === word))
      return;
    command.error(`error: unknown command '${word}'`, { code: 'commander.unknownCommand' });
  });
  for (const inner of command.commands) tellWrongUsage(inner, `${path} ${inner.name()}`);
}

function line({ code, message }: CommanderError, command: Command, path: string): string {
  // Commander repeats what was typed, whatever it is, and however long.
  const said = printable(message)
    .replaceAll(/'([^']{80})[^']+'/g, "'$1…'")
    .replaceAll(/(\S{200})\S+/g, '$1…')
    .replace(/\.$/, '');
  return `${said}; ${whatThereIs(code, command, path)}`;
}

function whatThereIs(code: string, command: Command, path: string): string {
  if (command.commands.length > 0)
    return `the commands of ${path}: ${command.commands.map((inner) => inner.name()).join(', ')}`;
  switch (code) {
    case 'commander.unknownOption':
      return `the options of ${path}: ${command.options.map(({ long, short }) => long ?? short).join(', ')}`;
    case 'commander.missingArgument':
    case 'commander.excessArguments':
      return `usage: ${path} ${command.usage()}`;
    default:
      return `see: ${path} --help`;
  }
}
