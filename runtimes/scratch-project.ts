import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { runCommand } from './run-command.ts';

/**
 * What is tried in. Installed here and not with the workspace: they weigh 350 MB, and nobody else
 * needs them.
 */
const runtimes = {
  '@sparticuz/chromium': '153.0.0',
  bun: '1.4.5',
  node: '22.18.0',
  'playwright-core': '1.65.1',
};

/** A user's project outside the repository: the packed packages, the runtimes, and the scenarios. */
export function makeProject(scratch: string, packages: readonly string[], root: string): string {
  const project = join(scratch, 'project');
  const tarballs = join(scratch, 'tarballs');
  mkdirSync(project);
  mkdirSync(tarballs);
  for (const name of packages) {
    runCommand('pnpm', ['pack', '--pack-destination', tarballs], join(root, 'packages', name));
  }
  const own = Object.fromEntries(
    packages.map((name) => [`@chimera/${name}`, `file:${tarballOf(tarballs, name, root)}`]),
  );
  const manifest = {
    name: 'runtimes-scratch',
    private: true,
    type: 'module',
    dependencies: { ...own, ...runtimes },
    pnpm: { overrides: own, onlyBuiltDependencies: ['bun', 'node'] },
  };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  // Flat, as npm does it: a file's address tells its package, for the import map too.
  runCommand('pnpm', ['install', '--prefer-offline', '--config.node-linker=hoisted'], project);
  writeScenarios(join(import.meta.dirname, 'scenarios'), project);
  return project;
}

function tarballOf(tarballs: string, name: string, root: string): string {
  const manifest = readFileSync(join(root, 'packages', name, 'package.json'), 'utf8');
  const { version } = JSON.parse(manifest) as { readonly version: string };
  return join(tarballs, `chimera-${name}-${version}.tgz`);
}

/** As JavaScript, which is all that a browser takes. */
function writeScenarios(source: string, project: string): void {
  mkdirSync(join(project, 'scenarios'));
  for (const file of readdirSync(source)) {
    const code = stripTypeScriptTypes(readFileSync(join(source, file), 'utf8'));
    const script = code.replaceAll(/(?<=from '\.\/[\w-]+)\.ts(?=')/g, '.js');
    writeFileSync(join(project, 'scenarios', file.replace('.ts', '.js')), script);
  }
  const play = 'play-scenario.js';
  copyFileSync(join(import.meta.dirname, play), join(project, play));
}
