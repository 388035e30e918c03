import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** One file, one name, whatever links lead to it. Throws when its directory is not there. */
export function canonicalPath(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    return join(realpathSync(dirname(absolute)), basename(absolute));
  }
}
