import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const compilers = ['cc', 'gcc', 'clang'];

/** Builds the disk that can fail into this folder, with the compiler that is there; undefined where that cannot be done. */
export function buildDisk(directory: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const own = createRequire(import.meta.url).resolve('@chimera/proving/package.json');
  const source = join(dirname(own), 'native', 'disk.c');
  const library = join(directory, 'disk.so');
  const flags = ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl'];
  const isBuilt = compilers.some((compiler) => spawnSync(compiler, flags).status === 0);
  return isBuilt ? library : undefined;
}

/** The same for all who ask in this process: built once, and gone with it. */
export function sharedDisk(): string | undefined {
  shared ??= buildShared();
  return shared.library;
}

let shared: { readonly library: string | undefined } | undefined;

function buildShared(): { readonly library: string | undefined } {
  const directory = mkdtempSync(join(tmpdir(), 'crash-disk-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  return { library: buildDisk(directory) };
}

/** What to say where it cannot be built. */
export const withoutDisk =
  'left out: this needs Linux and a C compiler (cc, gcc or clang), to build the disk that can be told to fail';
