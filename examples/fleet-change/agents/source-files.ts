import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The JavaScript files of a repository, dependencies left out. */
export async function sourceFiles(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && /\.(js|mjs)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .filter((path) => !path.split('/').includes('node_modules'))
    .sort();
}
