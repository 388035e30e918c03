import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { type Publishable, publishable, tarballOf } from './publishable.ts';

/**
 * Builds and packs a package with those of the workspace that it needs, and prints the command that
 * installs them together: `pack.ts PACKAGE [FOLDER]`.
 */
const root = join(import.meta.dirname, '..');
const [wanted = '', folder = 'tarballs'] = process.argv.slice(2).filter((word) => word !== '--');
const packages = publishable(root);
const first = packages.find(
  ({ directory, manifest }) => manifest.name === wanted || basename(directory) === wanted,
);

if (first === undefined) {
  const names = packages.map(({ directory }) => basename(directory)).join(', ');
  process.stderr.write(`pack: no package "${wanted}"; there are ${names}\n`);
  process.exitCode = 2;
} else process.exitCode = packed(first, resolve(root, folder)) ? 0 : 1;

function packed({ manifest }: Publishable, tarballs: string): boolean {
  const needed = withDependencies(manifest.name);
  mkdirSync(tarballs, { recursive: true });
  const isPacked =
    run('turbo', ['run', 'build', `--filter=${manifest.name}...`, '--output-logs=errors-only']) &&
    needed.every(({ directory }) =>
      run('pnpm', ['pack', '--pack-destination', tarballs], directory),
    );
  const files = needed.map((one) => tarballOf(tarballs, one.manifest));
  if (isPacked) process.stdout.write(`npm i ${files.join(' ')}\n`);
  return isPacked;
}

/** It, and all that it needs in turn. */
function withDependencies(name: string): readonly Publishable[] {
  const names = new Set([name]);
  for (const one of names) {
    const found = packages.find(({ manifest }) => manifest.name === one);
    for (const needed of Object.keys(found?.manifest.dependencies ?? {})) names.add(needed);
  }
  return packages.filter(({ manifest }) => names.has(manifest.name));
}

/** What it prints is not what was asked for: only the last line is. */
function run(program: string, words: readonly string[], cwd: string = root): boolean {
  const { status } = spawnSync(program, words, { cwd, stdio: ['ignore', 2, 2] });
  return status === 0;
}
