import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadConfig } from '../src/config/load-config.ts';
import { makeDirectory } from '../src/make-directory.ts';
import { newDirectory } from './chimera-process.ts';

/** As a user whom permissions bind. */
function asNobody<Result>(run: () => Result): Result {
  if (process.getuid?.() !== 0) return run();
  // Where the tests have their files, which is root's alone, can be passed through.
  chmodSync(tmpdir(), (statSync(tmpdir()).mode & 0o7777) | 0o011);
  process.seteuid?.(65_534);
  try {
    return run();
  } finally {
    process.seteuid?.(0);
  }
}

/** Some containers have a root that cannot be anybody else, or keep their files where nobody else gets to. */
function canBeNobody(): boolean {
  try {
    return asNobody(() => statSync(join(tmpdir(), '.')).isDirectory());
  } catch {
    return false;
  }
}

const isLinux = process.platform === 'linux';

/** What a start with these settings is refused with; undefined when it is not. */
function refusal(
  file: string | undefined,
  set: string[] = [],
  environment: Record<string, string> = {},
): string | undefined {
  try {
    loadConfig({ ...(file === undefined ? {} : { file }), environment, set });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a file that cannot be read is told with why, and what to do', () => {
  test('when it is a directory', () => {
    const directory = newDirectory();
    const rule = 'the file is a directory, not a file; check';
    expect(refusal(directory)).toBe(`${directory}: ${rule} the path given with --config`);
    expect(refusal(undefined, [], { CHIMERA_CONFIG: directory })).toBe(
      `${directory}: ${rule} CHIMERA_CONFIG`,
    );
  });

  test.runIf(canBeNobody())('when this user may not read it', () => {
    const directory = newDirectory({ 'chimera.yaml': '', 'w.yaml': '', token: '' });
    chmodSync(directory, 0o755);
    for (const name of readdirSync(directory)) chmodSync(join(directory, name), 0o000);
    const file = join(directory, 'chimera.yaml');
    const right =
      'may not be read by this user; give the right to read it and to enter its directory, or name another file';
    expect(asNobody(() => refusal(file, ['http.adminTokenFile=token']))).toBe(
      [
        `${file}: the file ${right}`,
        `--set: http.adminTokenFile must name a file that can be read (permission denied, EACCES), got "${join(directory, 'token')}"`,
      ].join('\n'),
    );
    writeFileSync(join(directory, 'a.yaml'), 'workflows: [w.yaml]');
    expect(asNobody(() => refusal(join(directory, 'a.yaml')))).toBe(
      `${directory}/a.yaml: workflows[0] must name a file that can be read: ${directory}/w.yaml ${right}`,
    );
  });

  test('when its name leads in a circle', () => {
    const file = join(newDirectory(), 'chimera.yaml');
    symlinkSync(file, file);
    expect(refusal(file)).toMatch(/: the file cannot be read \(.+, ELOOP\); check the path/);
  });
});

/** What a start with this directory of worktrees is refused with. */
function named(path: string): string | undefined {
  return refusal(join(newDirectory({ a: '' }), 'a'), [`workspaces.directory=${path}`]);
}

function refused(path: string, base: string, reason: string): string {
  return `--set: workspaces.directory must be a directory that can be made and written to, and in ${base} nothing can be made (${reason}); name another, or let this user write there, got "${path}"`;
}

describe('a directory of worktrees that the settings name', () => {
  test('is refused where no directory can be made', () => {
    const file = join(newDirectory({ 'a-file': '' }), 'a-file');
    expect(named(join(file, 'b/c'))).toBe(
      refused(join(file, 'b/c'), file, 'not a directory, ENOTDIR'),
    );
  });

  test.runIf(isLinux)('is refused where the system makes none', () => {
    expect(named('/proc/no/where')).toBe(
      refused('/proc/no/where', '/proc', 'no such file or directory, ENOENT'),
    );
  });

  test.runIf(canBeNobody())('is refused where this user may not write', () => {
    const directory = newDirectory();
    chmodSync(directory, 0o555);
    onTestFinished(() => chmodSync(directory, 0o755));
    const settings = newDirectory({ a: '' });
    chmodSync(settings, 0o755);
    const path = join(directory, 'worktrees');
    expect(asNobody(() => refusal(join(settings, 'a'), [`workspaces.directory=${path}`]))).toBe(
      refused(path, directory, 'permission denied, EACCES'),
    );
  });

  test.each(['.', 'a/b'])('is refused where a link leads nowhere: at %s', (below) => {
    const directory = newDirectory();
    const link = join(directory, 'link');
    symlinkSync('gone', link);
    const path = join(link, below);
    expect(named(path)).toBe(
      `--set: workspaces.directory must be a directory that can be made and written to, and ${link} is a symbolic link that leads nowhere (to gone); make what it leads to, or name another, got "${path}"`,
    );
    mkdirSync(join(directory, 'gone'));
    expect(named(path)).toBeUndefined();
  });

  test('is fine where it can be made, of which nothing is left, and where it is', () => {
    const directory = newDirectory();
    expect(named(join(directory, 'a/b/c'))).toBeUndefined();
    expect(named(directory)).toBeUndefined();
    expect(readdirSync(directory)).toEqual([]);
  });
});

test('a directory is made with what it lies in, or refused', () => {
  const directory = newDirectory({ file: '' });
  const path = join(directory, 'a/b/c');
  makeDirectory(path);
  makeDirectory(path);
  mkdirSync(join(path, 'd'));
  expect(() => makeDirectory(join(directory, 'file'))).toThrow('EEXIST');
  expect(() => makeDirectory(join(directory, 'file/a/b'))).toThrow('ENOTDIR');
});

test.runIf(isLinux)('a directory is refused where Node.js would not come to an end', () => {
  expect(() => makeDirectory('/proc/no/where')).toThrow(
    "ENOENT: no such file or directory, mkdir '/proc/no'",
  );
});
