import type { Command } from 'commander';

/** `help schedules pause`, of a command and of all that have commands of their own; commander's answers whatever is typed. */
export function helpCommand(command: Command): void {
  const groups = command.commands.filter((inner) => inner.commands.length > 0);
  for (const group of groups) helpCommand(group);
  command
    .helpCommand(false)
    .command('help [command...]')
    .description('display help for command')
    .helpOption(false)
    .action((names: readonly string[]) => {
      let asked = command;
      for (const name of names) {
        const inner = asked.commands.find((known) => known.name() === name);
        if (inner === undefined)
          return asked.error(`error: unknown command '${name}'`, {
            code: 'commander.unknownCommand',
          });
        asked = inner;
      }
      asked.help();
    });
}
