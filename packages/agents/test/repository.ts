import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Copied for every test: three git commands fewer. */
let template: string | undefined;
afterAll(() => {
  if (template !== undefined) rmSync(join(template, '..'), { recursive: true, force: true });
});

/** A git repository with one commit, and a folder for workspaces beside it. */
export class Repository {
  readonly root: string = realpathSync(mkdtempSync(join(tmpdir(), 'chimera-git-')));
  readonly directory: string = join(this.root, 'repository');
  readonly workspaces: string = join(this.root, 'workspaces');
  /** The user's own configuration of git has no say here. */
  readonly environment: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    HOME: this.root,
  };

  constructor() {
    if (template === undefined) {
      mkdirSync(this.directory);
      this.git('init', '--quiet', '--initial-branch=main', '--template=');
      this.commit('readme.txt', 'one\n');
      template = join(mkdtempSync(join(tmpdir(), 'chimera-git-')), 'template');
      cpSync(this.directory, template, { recursive: true });
    } else {
      cpSync(template, this.directory, { recursive: true });
    }
  }

  git(...args: readonly string[]): string {
    return this.gitIn(this.directory, ...args);
  }

  gitIn(directory: string, ...args: readonly string[]): string {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@localhost'];
    return execFileSync('git', [...identity, ...args], {
      cwd: directory,
      env: this.environment,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  }

  /** Commits one file and returns the commit. */
  commit(file: string, text: string, directory: string = this.directory): string {
    writeFileSync(join(directory, file), text);
    this.gitIn(directory, 'add', file);
    this.gitIn(directory, 'commit', '--quiet', '-m', file);
    return this.gitIn(directory, 'rev-parse', 'HEAD');
  }

  /** The paths of all worktrees that git knows of, the repository itself left out. */
  worktrees(): readonly string[] {
    return this.git('worktree', 'list', '--porcelain')
      .split('\n')
      .filter((line) => line.startsWith('worktree '))
      .map((line) => line.slice('worktree '.length))
      .filter((path) => path !== this.directory);
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
