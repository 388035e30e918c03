import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Repository {
  readonly name: string;
  readonly path: string;
  /** Its owners want a review before validation. */
  readonly isReviewed: boolean;
}

/** Copies the packaged fixtures and makes each a git repository with one commit. */
export async function makeRepositories(fixtures: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const name of await readdir(fixtures)) {
    const path = join(directory, name);
    await cp(join(fixtures, name), path, { recursive: true });
    const git = (...words: string[]) => run('git', words, { cwd: path });
    await git('init', '--quiet', '--initial-branch=main');
    await git('add', '--all');
    await git(
      '-c',
      'user.name=Fleet owner',
      '-c',
      'user.email=owner@example.invalid',
      'commit',
      '--quiet',
      '-m',
      'The package as it is',
    );
  }
}

/** Every git repository directly in the folder, by name. */
export async function findRepositories(directory: string): Promise<readonly Repository[]> {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return [];
  const entries = await readdir(directory, { withFileTypes: true });
  const found = entries
    .filter((entry) => entry.isDirectory())
    .map(async ({ name }) => {
      const path = join(directory, name);
      const contents = await readdir(path);
      return contents.includes('.git')
        ? { name, path, isReviewed: await isReviewed(path) }
        : undefined;
    });
  const repositories = (await Promise.all(found)).filter((repository) => repository !== undefined);
  return repositories.sort((a, b) => a.name.localeCompare(b.name));
}

async function isReviewed(path: string): Promise<boolean> {
  try {
    const manifest = JSON.parse(await readFile(join(path, 'package.json'), 'utf8')) as {
      readonly fleet?: { readonly reviewed?: boolean };
    };
    return manifest.fleet?.reviewed ?? false;
  } catch {
    return false;
  }
}
