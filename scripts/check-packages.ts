import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type Manifest, publishable, tarballOf } from './publishable.ts';

/**
 * Packs every publishable package, checks the tarballs, installs them into a project outside the
 * repository, and there type-checks and runs the examples of each README, and what no example
 * shows: the scripts in `packed`.
 */
const root = join(import.meta.dirname, '..');
const { catalog } = parse(readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')) as {
  readonly catalog: Readonly<Record<string, string>>;
};
const scratch = mkdtempSync(join(tmpdir(), 'chimera-packages-'));
const failures: string[] = [];

try {
  const packages = publishable(root);
  const tarballs = join(scratch, 'tarballs');
  mkdirSync(tarballs);
  for (const { directory, manifest } of packages) {
    must(`pack ${manifest.name}`, 'pnpm', ['pack', '--pack-destination', tarballs], directory);
    const tarball = tarballOf(tarballs, manifest);
    must(`publint ${manifest.name}`, 'publint', ['run', '--strict', tarball]);
    must(`attw ${manifest.name}`, 'attw', ['--profile', 'esm-only', '--no-emoji', tarball]);
  }
  const project = scratchProject(packages, tarballs);
  if (must('install the tarballs', 'pnpm', ['install', '--prefer-offline'], project)) {
    for (const { directory, manifest } of packages) {
      tryReadme(directory, manifest, project);
      tryPacked(directory, manifest, project);
    }
    must('type-check the READMEs', 'tsc', ['--project', project]);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

for (const failure of failures) process.stderr.write(`${failure}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;

/** A user's project: nothing of the workspace, only tarballs and what they name. */
function scratchProject(packages: readonly { manifest: Manifest }[], tarballs: string): string {
  const project = join(scratch, 'project');
  mkdirSync(project);
  const own = Object.fromEntries(
    packages.map(({ manifest }) => [manifest.name, `file:${tarballOf(tarballs, manifest)}`]),
  );
  const others = ['better-sqlite3', 'kysely', '@types/better-sqlite3', '@types/node'];
  write(project, 'package.json', {
    name: 'readme-examples',
    private: true,
    type: 'module',
    dependencies: { ...own, ...Object.fromEntries(others.map((name) => [name, catalog[name]])) },
    pnpm: { overrides: own, ignoredBuiltDependencies: ['better-sqlite3'] },
  });
  write(project, 'tsconfig.json', {
    compilerOptions: {
      target: 'ES2023',
      // Without `ESNext.Disposable`: declarations that need it bring it with them.
      lib: ['ES2023', 'DOM'],
      module: 'NodeNext',
      strict: true,
      noEmit: true,
      types: ['node'],
    },
    include: ['*.ts'],
  });
  return project;
}

function tryReadme(directory: string, { name }: Manifest, project: string): void {
  const readme = join(directory, 'README.md');
  const text = existsSync(readme) ? readFileSync(readme, 'utf8') : '';
  const examples = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, example = '']) => example);
  if (examples.length === 0) {
    failures.push(`${name}: its README has no example in a \`\`\`ts fence`);
  }
  for (const [index, example] of examples.entries()) {
    const file = `${name.split('/')[1]}-${index + 1}.ts`;
    writeFileSync(join(project, file), example);
    must(`run example ${index + 1} of the README of ${name}`, process.execPath, [file], project);
  }
}

function tryPacked(directory: string, { name }: Manifest, project: string): void {
  const scripts = join(directory, 'packed');
  if (!existsSync(scripts)) return;
  for (const script of readdirSync(scripts)) {
    const file = `${name.split('/')[1]}-${script}`;
    copyFileSync(join(scripts, script), join(project, file));
    must(`run packed/${script} of ${name}`, process.execPath, [file], project);
  }
}

function write(directory: string, file: string, value: unknown): void {
  writeFileSync(join(directory, file), JSON.stringify(value, null, 2));
}

/** Runs a command; what it printed is kept for when it fails. */
function must(
  what: string,
  program: string,
  words: readonly string[],
  cwd: string = root,
): boolean {
  const { error, status, stderr, stdout } = spawnSync(program, words, { cwd, encoding: 'utf8' });
  if (status === 0) return true;
  failures.push(`${what} failed:\n${stdout}${stderr}${error === undefined ? '' : String(error)}`);
  return false;
}
