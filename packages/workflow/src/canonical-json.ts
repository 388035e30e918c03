/**
 * JSON with sorted keys and no spaces: equal values give equal texts, whatever order their keys
 * were written in (after RFC 8785, JSON Canonicalization Scheme). Keys whose value is undefined
 * are left out.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([left], [right]) => (left < right ? -1 : 1)))
      : inner,
  );
}
