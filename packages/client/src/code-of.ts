/** Of what lies deepest: `fetch` says only that it failed, for a cause. */
export function codeOf(failure: unknown): string {
  if (!(failure instanceof Error)) return '';
  if (failure.cause !== undefined) return codeOf(failure.cause);
  return 'code' in failure ? String(failure.code) : '';
}
