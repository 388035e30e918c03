import type { Command } from 'commander';

/** What a line names, whatever stands between. */
export interface TypedCommand {
  readonly command: Command;
  /** `chimera schedules pause` */
  readonly path: string;
  /** Flags, with their values, that stand before the name of the command that they may belong to. */
  readonly tooEarly: readonly string[];
  readonly rest: readonly string[];
}

/** Finds the command that was meant by a line in which flags stand before its name. */
export function typedCommand(program: Command, words: readonly string[]): TypedCommand {
  let command = program;
  const path = [program.name()];
  const tooEarly: string[] = [];
  let index = 0;
  for (; index < words.length && command.commands.length > 0; index += 1) {
    const word = words[index] ?? '';
    const inner = command.commands.find((known) => known.name() === word);
    if (inner !== undefined) {
      command = inner;
      path.push(word);
    } else if (isFlag(word) || isFlag(words[index - 1] ?? '')) tooEarly.push(word);
    else break;
  }
  return { command, path: path.join(' '), tooEarly, rest: words.slice(index) };
}

/** The line as it has to be typed; undefined when flags before the command are not what is wrong with it. */
export function withFlagsBehind(program: Command, words: readonly string[]): string | undefined {
  const { command, path, rest, tooEarly } = typedCommand(program, words);
  // Of a command that has commands, its first one is what is asked for most.
  const [first] = command.commands;
  if (tooEarly.length === 0 || !takes(first ?? command, tooEarly)) return undefined;
  const named = first === undefined ? [path] : [path, first.name()];
  return [...named, ...[...tooEarly, ...rest].map(quoted)].join(' ');
}

/** Whether these are flags of the command, each with the value that it needs. */
function takes({ options }: Command, flags: readonly string[]): boolean {
  for (let index = 0; index < flags.length; index += 1) {
    const [name = '', ...value] = (flags[index] ?? '').split('=');
    const option = options.find(({ long, short }) => name === long || name === short);
    if (option === undefined) return false;
    if (!option.required || value.length > 0) continue;
    index += 1;
    if (isFlag(flags[index] ?? '-')) return false;
  }
  return true;
}

function isFlag(word: string): boolean {
  return word.startsWith('-');
}

/** As a shell takes it for one word. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
