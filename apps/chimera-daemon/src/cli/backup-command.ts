import { resolve } from 'node:path';
import type { Command } from 'commander';
import { defined } from '../defined.ts';
import { clientCommand, clientFor, type ClientFlags } from './client-command.ts';
import { printJson, printLines } from './output.ts';

export function backupCommand(program: Command): void {
  clientCommand(
    program,
    'backup <file>',
    'copy the database to a new file while it is in use; on the machine of the daemon',
    { answersWithin: '5m' },
  ).action(async (file: string, flags: ClientFlags) => {
    const { json, requestTimeout } = flags;
    const backup = await clientFor(flags).backup(
      resolve(file),
      defined({ timeoutMs: requestTimeout }),
    );
    if (json) return printJson(backup);
    printLines([`${backup.path} (${backup.bytes} bytes, ${backup.ms} ms)`]);
  });
}
