import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Runs commands as the documents have them, those that are quick or can be made so: numbers may be
 * smaller here. A document that says something else fails, too.
 */
const commands: readonly (readonly [file: string, written: string, run: string])[] = [
  [
    'deploy/README.md',
    'npx -y pnpm@10 --dir deploy run generate',
    'npx -y pnpm@10 --dir deploy run generate',
  ],
  [
    'README.md',
    'npx -y pnpm@10 -s run pack:package circuit-breaker',
    'npx -y pnpm@10 -s run pack:package circuit-breaker',
  ],
  [
    'README.md',
    'run pack:package circuit-breaker retry-policy',
    'npx -y pnpm@10 -s run pack:package circuit-breaker retry-policy',
  ],
  [
    'CONTRIBUTING.md',
    'npx -y pnpm@10 run crash -- --kills 100',
    'npx -y pnpm@10 run crash -- --kills 2',
  ],
  [
    'apps/chimera-daemon/README.md',
    'npx -y pnpm@10 -s chimera',
    'npx -y pnpm@10 -s chimera --help',
  ],
];

const root = join(import.meta.dirname, '..');
let failures = 0;
for (const [file, written, run] of commands) {
  const isWritten = readFileSync(join(root, file), 'utf8').includes(written);
  const [program = '', ...words] = run.split(' ');
  const { status, stderr, stdout } = spawnSync(program, words, { cwd: root, encoding: 'utf8' });
  if (isWritten && status === 0) continue;
  failures += 1;
  process.stderr.write(
    isWritten ? `${run} failed:\n${stdout}${stderr}` : `${file} does not say: ${written}\n`,
  );
}
process.exitCode = failures === 0 ? 0 : 1;
