import { resolve } from 'node:path';
import type { Command } from 'commander';
import { clientCommand, clientFor, type ClientFlags } from './client-command.ts';
import { printJson, printLines } from './output.ts';

export function backupCommand(program: Command): void {
  clientCommand(
    program,
    'backup <file>',
    'copy the database to a new file while it is in use; on the machine of the daemon',
  ).action(async (file: string, flags: ClientFlags) => {
    const backup = await clientFor(flags).backup(resolve(file));
    if (flags.json) return printJson(backup);
    printLines([`${backup.path} (${backup.bytes} bytes, ${backup.ms} ms)`]);
  });
}
