import { writeSync } from 'node:fs';

/** To the standard output, before anything else happens: where a thread runs, a full pipe makes nobody wait. */
export function writeOut(text: string): void {
  for (;;) {
    try {
      writeSync(1, text);
      return;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    }
  }
}
