import { statSync } from 'node:fs';

/** The program did not start: nothing ran. */
export interface NotStarted {
  readonly started: false;
  readonly code:
    'PROGRAM_NOT_FOUND' | 'PROGRAM_NOT_EXECUTABLE' | 'DIRECTORY_NOT_FOUND' | 'ABORTED' | 'REFUSED';
  /** Names the program and the remedy. */
  readonly message: string;
  /** True when the machine was short of something, or the caller gave up. */
  readonly retryable: boolean;
}

/** What a failed spawn means, and what to do about it. */
export function startFailure(
  program: string,
  cwd: string | undefined,
  path: string | undefined,
  error: NodeJS.ErrnoException,
): NotStarted {
  const started = false;
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR': {
      // The same code for a missing program, a missing directory and a missing interpreter.
      const lack = cwd === undefined ? undefined : lackOf(cwd);
      if (lack !== undefined) {
        const remedy = lack === 'is a file' ? 'name a directory' : 'create it';
        const message = `cannot start "${program}": its working directory ${cwd} ${lack}; ${remedy}`;
        return { started, code: 'DIRECTORY_NOT_FOUND', message, retryable: false };
      }
      const where = program.includes('/')
        ? 'check the path, and the interpreter that its first line names'
        : `install it, or add its directory to PATH (${path ?? 'not set'})`;
      const message = `cannot start "${program}": no such program; ${where}`;
      return { started, code: 'PROGRAM_NOT_FOUND', message, retryable: false };
    }
    case 'EACCES': {
      const message = `cannot start "${program}": not allowed; make it executable (chmod +x) and its directory accessible`;
      return { started, code: 'PROGRAM_NOT_EXECUTABLE', message, retryable: false };
    }
    case 'E2BIG': {
      const message = `cannot start "${program}": arguments and environment are too long; pass the text on stdin`;
      return { started, code: 'REFUSED', message, retryable: false };
    }
    case 'EAGAIN':
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOMEM': {
      const message = `cannot start "${program}": the machine is out of processes, files or memory (${error.code}); run fewer at a time or raise the limit`;
      return { started, code: 'REFUSED', message, retryable: true };
    }
    case undefined:
    default: {
      const message = `cannot start "${program}": ${error.message}`;
      return { started, code: 'REFUSED', message, retryable: false };
    }
  }
}

/** Why it is no directory to work in; undefined when it is one. */
export function lackOf(directory: string): 'does not exist' | 'is a file' | undefined {
  const found = statSync(directory, { throwIfNoEntry: false });
  if (found === undefined) return 'does not exist';
  return found.isDirectory() ? undefined : 'is a file';
}
