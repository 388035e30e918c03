#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { proveExports, reportText } from './cli/prove-exports.ts';
import { type Arguments, readArguments } from './cli/read-arguments.ts';
import { refusalText } from './cli/refusal-text.ts';

const usage = `chimera-prove file.ts [--seed N] [--runs N] [--report text|json] [--watch]

Tries every claim that the file exports: export const mine = claim((world) => …, breaker({ … })).
Searches for harm by export const harmless = noHarm({ … }); --runs are traces then.
Exits with 1 when one does not hold, with 2 when there is none, when the command is wrong or the
file cannot be loaded or throws. TypeScript takes Node.js 22.18 or later.
`;

let tried = 'the command';
// What a policy leaves to nobody ends the process: with 2, for 1 says that a claim does not hold.
process.once('uncaughtException', (error) => {
  refuse(error);
  process.exit();
});
try {
  process.exitCode = await main(readArguments(process.argv.slice(2)));
} catch (error) {
  refuse(error);
}

/** What the command or a claim says wrong speaks for itself; anything else is the file's own. */
function refuse(error: unknown): void {
  const isOurs =
    error instanceof RangeError && /^(chimera-prove|proving|search|simulate): /.test(error.message);
  process.stderr.write(`${isOurs ? error.message : refusalText(tried, error)}\n`);
  process.exitCode = 2;
}

async function main({ file, help, report, runs, seed, watch }: Arguments): Promise<number> {
  if (help || file === undefined) {
    process.stdout.write(usage);
    return help ? 0 : 2;
  }
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new RangeError(`chimera-prove: file must be there, got ${JSON.stringify(file)}`);
  }
  if (watch) return watched();
  tried = file;
  const exported: unknown = await import(pathToFileURL(resolve(file)).href);
  const reports = await proveExports(exported as Readonly<Record<string, unknown>>, {
    ...(seed !== undefined && { seed }),
    ...(runs !== undefined && { runs }),
  });
  const text = report === 'json' ? JSON.stringify(reports, null, 2) : reportText(reports);
  process.stdout.write(`${text}\n`);
  if (reports.length === 0) process.stderr.write(`${file} exports no claim\n\n${usage}`);
  return reports.length === 0 ? 2 : Number(reports.some(({ holds }) => !holds));
}

/** Node.js knows every module that the file imports, and runs it again when one changes. */
function watched(): number {
  const [command = '', ...given] = process.argv.slice(1);
  const rest = given.filter((argument) => argument !== '--watch');
  const flags = [...process.execArgv, '--watch', '--watch-preserve-output'];
  const { status } = spawnSync(process.execPath, [...flags, command, ...rest], {
    stdio: 'inherit',
  });
  return status ?? 1;
}
