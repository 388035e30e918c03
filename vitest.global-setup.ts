import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * A temporary folder of its own for the run, removed when it ends: what a test, or a process that
 * it killed, leaves behind goes with it. The name is short, for paths of Unix sockets are. What
 * Node.js compiles of the programs that tests start is kept there: each starts in half the time.
 */
export function setup(): () => void {
  const { NODE_COMPILE_CACHE: outerCache, TMPDIR: outer } = process.env;
  const directory = mkdtempSync(join(tmpdir(), 'chi-'));
  // Workers, and what they start, inherit it; `tmpdir()` asks the environment anew each time.
  process.env.TMPDIR = directory;
  process.env.NODE_COMPILE_CACHE = outerCache ?? join(directory, 'compiled');
  return () => {
    if (outer === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = outer;
    if (outerCache === undefined) delete process.env.NODE_COMPILE_CACHE;
    // Processes that were just killed may still be writing.
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
}
