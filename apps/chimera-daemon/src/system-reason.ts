import { getSystemErrorMessage } from 'node:util';

/** Why the operating system refused, in its words: `permission denied, EACCES`. */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error && 'errno' in error && 'code' in error)) return String(error);
  const { code, errno } = error;
  return `${getSystemErrorMessage(Number(errno))}, ${String(code)}`;
}
