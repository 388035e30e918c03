/** Another program holds SQLite's lock: each write waits for seconds, whatever is in it. */
export function isLockedByAnother(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    error.code.startsWith('SQLITE_BUSY')
  );
}
