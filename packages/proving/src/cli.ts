#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { proveExports, reportText } from './cli/prove-exports.ts';

const usage = `chimera-prove file.ts [--seed N] [--runs N] [--report text|json] [--watch]

Tries every claim that the file exports: export const mine = claim((world) => …, breaker({ … })).
Exits with 1 when one does not hold, with 2 when there is none.
`;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string' },
    runs: { type: 'string' },
    report: { type: 'string', default: 'text' },
    watch: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [file] = positionals;

if (values.help || file === undefined) {
  process.stdout.write(usage);
  process.exitCode = values.help ? 0 : 2;
} else if (values.watch) {
  const [command = '', ...given] = process.argv.slice(1);
  const rest = given.filter((argument) => argument !== '--watch');
  // Node.js knows every module that the file imports, and runs it again when one changes.
  const flags = [...process.execArgv, '--watch', '--watch-preserve-output'];
  const { status } = spawnSync(process.execPath, [...flags, command, ...rest], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} else {
  const exported: unknown = await import(pathToFileURL(resolve(file)).href);
  const reports = await proveExports(exported as Readonly<Record<string, unknown>>, {
    ...(values.seed !== undefined && { seed: Number(values.seed) }),
    ...(values.runs !== undefined && { runs: Number(values.runs) }),
  });
  const text = values.report === 'json' ? JSON.stringify(reports, null, 2) : reportText(reports);
  process.stdout.write(`${text}\n`);
  if (reports.length === 0) process.stderr.write(`${file} exports no claim\n\n${usage}`);
  process.exitCode = reports.length === 0 ? 2 : Number(reports.some(({ holds }) => !holds));
}
