import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Builds the disk that can fail into this folder; undefined where that cannot be done. */
export function buildDisk(directory: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const library = join(directory, 'disk.so');
  const source = join(import.meta.dirname, 'disk.c');
  const { status } = spawnSync('gcc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl']);
  return status === 0 ? library : undefined;
}

export const withoutDisk =
  'left out: this needs Linux and gcc, to build the disk that can be told to fail';
