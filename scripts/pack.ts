import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Publishable, publishable, tarballOf } from './publishable.ts';

/**
 * Builds and packs packages with those of the workspace that they need, and prints the one command
 * that installs them together: `pack.ts PACKAGE... [--to FOLDER]`.
 */
const root = join(import.meta.dirname, '..');
const { positionals, values } = parseArgs({
  args: process.argv.slice(2).filter((word) => word !== '--'),
  allowPositionals: true,
  options: { to: { type: 'string', default: 'tarballs' } },
});
const packages = publishable(root);
const found = positionals.map((wanted) =>
  packages.find(
    ({ directory, manifest }) => manifest.name === wanted || basename(directory) === wanted,
  ),
);
const chosen = found.filter((one) => one !== undefined);

if (chosen.length === 0 || chosen.length < found.length) {
  const unknown = positionals.filter((_, index) => found[index] === undefined);
  const names = packages.map(({ directory }) => basename(directory)).join(', ');
  const what =
    unknown.length === 0
      ? 'name a package or several'
      : `no package ${unknown.map((word) => `"${word}"`).join(', ')}`;
  process.stderr.write(`pack: ${what}; there are ${names}, and --to FOLDER\n`);
  process.exitCode = 2;
} else process.exitCode = packed(chosen, resolve(root, values.to)) ? 0 : 1;

function packed(wanted: readonly Publishable[], tarballs: string): boolean {
  const names = wanted.map(({ manifest }) => manifest.name);
  const needed = withDependencies(names);
  mkdirSync(tarballs, { recursive: true });
  const filters = names.map((name) => `--filter=${name}...`);
  const isPacked =
    run('turbo', ['run', 'build', ...filters, '--output-logs=errors-only']) &&
    needed.every(({ directory }) =>
      run('pnpm', ['pack', '--pack-destination', tarballs], directory),
    );
  const files = needed.map((one) => tarballOf(tarballs, one.manifest));
  if (isPacked) process.stdout.write(`npm i ${files.join(' ')}\n`);
  return isPacked;
}

/** They, and all that they need in turn. */
function withDependencies(wanted: readonly string[]): readonly Publishable[] {
  const names = new Set(wanted);
  for (const one of names) {
    const { manifest } = packages.find((known) => known.manifest.name === one) ?? {};
    for (const needed of Object.keys(manifest?.dependencies ?? {})) names.add(needed);
  }
  return packages.filter(({ manifest }) => names.has(manifest.name));
}

/** What it prints is not what was asked for: only the last line is. */
function run(program: string, words: readonly string[], cwd: string = root): boolean {
  const { status } = spawnSync(program, words, { cwd, stdio: ['ignore', 2, 2] });
  return status === 0;
}
