import { closestName } from '@chimera/policy';
import type { Command, CommanderError } from 'commander';
import { printable } from './output.ts';
import { typedCommand, withFlagsBehind } from './typed-command.ts';

/**
 * What is typed wrongly is told in one line, by the command and by all of its own: what was given,
 * and what there is instead. `words`: what was typed behind `chimera`.
 */
export function tellWrongUsage(program: Command, words: readonly string[]): void {
  tellOf(program, program.name(), { program, words });
}

interface Line {
  readonly program: Command;
  readonly words: readonly string[];
}

function tellOf(command: Command, path: string, typed: Line): void {
  // Commander would write some of it by itself, in several lines.
  command.configureOutput({ outputError: () => {} });
  command.exitOverride((error) => {
    // Help and version are written already.
    if (error.message.startsWith('error: '))
      process.stderr.write(`${line(error, { command, path }, typed)}\n`);
    throw error;
  });
  // A word that is no command would be taken for an argument of the default command.
  command.hook('preSubcommand', ({ args: [word], commands }) => {
    if (word === undefined || word.startsWith('-')) return;
    if (commands.some((known) => known.name() === word)) return;
    command.error(`error: unknown command '${word}'`, { code: 'commander.unknownCommand' });
  });
  for (const inner of command.commands) tellOf(inner, `${path} ${inner.name()}`, typed);
}

interface Refusing {
  readonly command: Command;
  readonly path: string;
}

function line({ code, message }: CommanderError, refusing: Refusing, typed: Line): string {
  const { program, words } = typed;
  if (code === 'commander.unknownOption' || code === 'commander.excessArguments') {
    const right = withFlagsBehind(program, words);
    if (right !== undefined) return short(`error: flags stand behind the command: ${right}`);
  }
  const group = code === 'commander.excessArguments' ? groupOfDefault(refusing, typed) : undefined;
  if (group !== undefined) return unknownCommand(refusing.command.args[0] ?? '', group);
  if (code === 'commander.unknownCommand')
    return unknownCommand(/'(.*)'/s.exec(message)?.[1] ?? '', refusing);
  return told(message.replace(/\.$/, ''), whatThereIs(code, refusing));
}

/** The command with commands whose default took what was typed for an argument. */
function groupOfDefault({ command }: Refusing, { program, words }: Line): Refusing | undefined {
  const named = typedCommand(program, words);
  return named.command === command.parent ? named : undefined;
}

function unknownCommand(word: string, { command, path }: Refusing): string {
  const nearest = closestName(
    word,
    command.commands.map((inner) => inner.name()),
  );
  const hint = nearest === undefined ? '' : ` (Did you mean ${nearest}?)`;
  return told(
    `error: unknown command '${word}'${hint}`,
    whatThereIs('commander.unknownCommand', { command, path }),
  );
}

function told(said: string, remedy: string): string {
  return `${short(said)}; ${remedy}`;
}

/** What Commander repeats of what was typed, quotes within it included. */
const repeated =
  /((?:argument|value|command|unknown option) ')((?:(?!' is invalid).){80})(?:(?!' is invalid).)+('(?= is invalid| \(Did|$))/s;

/** What was typed is repeated, whatever it is, and however long. */
function short(text: string): string {
  return printable(text)
    .replace(repeated, '$1$2…$3')
    .replaceAll(/(\S{200})\S+/g, '$1…');
}

function whatThereIs(code: string, { command, path }: Refusing): string {
  const names = command.commands.map((inner) => inner.name()).filter((name) => name !== 'help');
  if (names.length > 0) return `the commands of ${path}: ${names.join(', ')}`;
  const flags = command.options.map((option) => option.long ?? option.short);
  switch (code) {
    case 'commander.unknownOption':
      if (flags.length > 0) return `the options of ${path}: ${flags.join(', ')}`;
      return `usage: ${path} ${command.usage()}`;
    case 'commander.missingArgument':
    case 'commander.excessArguments':
      return `usage: ${path} ${command.usage()}`;
    default:
      return `see: ${path} --help`;
  }
}
