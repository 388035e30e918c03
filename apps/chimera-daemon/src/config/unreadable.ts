import { systemReason } from '../system-reason.ts';

/** Why a file cannot be read, and what to do: `is a directory, not a file; check the path`. `path`: what gave it. */
export function unreadableRule(error: unknown, path: string = 'the path'): string {
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `does not exist; check ${path}`;
    case 'EISDIR':
      return `is a directory, not a file; check ${path}`;
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user; give the right to read it and to enter its directory, or name another file';
    default:
      return `cannot be read (${systemReason(error)}); check ${path}`;
  }
}
