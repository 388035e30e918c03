import { DaemonError } from '@chimera/client';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { ConfigError } from '../config/config-error.ts';
import { version } from '../version.ts';
import { backupCommand } from './backup-command.ts';
import { decisionCommands } from './decision-commands.ts';
import { deadLetterCommands } from './dead-letter-commands.ts';
import { helpCommand } from './help-command.ts';
import { logCommands } from './log-commands.ts';
import { observationCommands } from './observation-commands.ts';
import { poolCommands } from './pool-commands.ts';
import { profileCommands } from './profile-command.ts';
import { scheduleCommands } from './schedule-commands.ts';
import { startCommand } from './start-command.ts';
import { workflowProfileCommand } from './workflow-profile-command.ts';
import { statusCommand } from './status-command.ts';
import { workflowCommands } from './workflow-commands.ts';
import { printable } from './output.ts';
import { seeCommand } from './see-command.ts';
import { tellWrongUsage } from './wrong-usage.ts';

/** Runs one command and sets the exit code: 0 done, 1 refused or failed, 2 wrong usage. */
export async function runCli(argv: readonly string[]): Promise<void> {
  const program = chimeraProgram();
  tellWrongUsage(program, argv.slice(2));
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** With all its commands. */
export function chimeraProgram(): Command {
  const program = new Command('chimera')
    .description('Runs workflows durably, many at once, and loses nothing.')
    .version(version);
  startCommand(program);
  workflowCommands(program);
  workflowProfileCommand(program);
  statusCommand(program);
  poolCommands(program);
  deadLetterCommands(program);
  decisionCommands(program);
  observationCommands(program);
  logCommands(program);
  profileCommands(program);
  scheduleCommands(program);
  backupCommand(program);
  helpCommand(program);
  return program;
}

/** Says what went wrong in one line for each thing that did; a stack is shown for bugs only. */
function report(error: unknown): number {
  if (error instanceof InvalidArgumentError) {
    // Thrown by an action: commander prints only what its parser meets.
    tell(`chimera: ${error.message}`);
    return 2;
  }
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof ConfigError) {
    tell(error.message);
    return 2;
  }
  if (isRefusal(error) && error.code === 'AGENT_NOT_LOADED') {
    tell(`chimera: ${error.message}`);
    return 2;
  }
  if (error instanceof DaemonError) {
    tell(`chimera: ${seeCommand(error.message)}`);
    return 1;
  }
  if (isRefusal(error)) {
    tell(`chimera: ${error.message}`);
    return 1;
  }
  const text = error instanceof Error ? error.stack : error;
  tell(`chimera: this is a bug; please report it with what follows\n${String(text)}`);
  return 1;
}

/** Names from files and flags are in it: nothing of them acts on the terminal. */
function tell(text: string): void {
  const lines = text.split('\n').map((line) => printable(line).trimEnd());
  process.stderr.write(`${lines.join('\n')}\n`);
}

/**
 * Refusals of the house, of the operating system and of commander carry a code; bugs do not, or
 * one of Node's own (`ERR_INVALID_ARG_TYPE`).
 */
function isRefusal(error: unknown): error is Error & { readonly code: string } {
  if (!(error instanceof Error && 'code' in error)) return false;
  return typeof error.code === 'string' && !error.code.startsWith('ERR_');
}
