import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A temporary folder of its own for the run, removed when it ends: what a test, or a process that
 * it killed, leaves behind goes with it. The name is short, for paths of Unix sockets are.
 */
export function setup(): () => void {
  const outer = process.env.TMPDIR;
  const directory = mkdtempSync(join(tmpdir(), 'chi-'));
  // Workers, and what they start, inherit it; `tmpdir()` asks the environment anew each time.
  process.env.TMPDIR = directory;
  return () => {
    if (outer === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = outer;
    // Processes that were just killed may still be writing.
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
}
