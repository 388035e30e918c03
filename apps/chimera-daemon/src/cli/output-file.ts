import { closeSync, fstatSync, ftruncateSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { systemReason } from '../system-reason.ts';

/** What was made could not be kept. */
class OutputFileError extends Error {
  override readonly name = 'OutputFileError';
  readonly code = 'OUTPUT_NOT_WRITTEN';
}

/**
 * Writes what is made to the file that the flag names. That it can be written is found out before
 * anything is made; an existing file keeps its content until then, and none is left when it fails.
 */
export async function writeOutput<Content extends string | Uint8Array>(
  flag: string,
  file: string,
  make: () => Promise<Content>,
): Promise<Content> {
  const target = writable(flag, file);
  const content = await make();
  try {
    if (typeof target === 'number' && fstatSync(target).isFile()) ftruncateSync(target);
    writeFileSync(target, content);
  } catch (cause) {
    throw new OutputFileError(
      `${flag}: ${file} could not be written (${systemReason(cause)}); make room there, or name another file, and ask again`,
      { cause },
    );
  } finally {
    if (typeof target === 'number') closeSync(target);
  }
  return content;
}

/** An existing file stays open: a pipe would end for its reader. */
function writable(flag: string, file: string): string | number {
  try {
    return created(file) ? file : openSync(file, 'a');
  } catch (error) {
    throw new InvalidArgumentError(
      `${flag} must be a file that can be written, got ${file} (${systemReason(error)}); name another, or let this user write there`,
    );
  }
}

/** Whether there was none; nothing of it is left. */
function created(file: string): boolean {
  try {
    closeSync(openSync(file, 'ax'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
  rmSync(file);
  return true;
}
