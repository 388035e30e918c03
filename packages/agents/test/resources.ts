/**
 * A copy without what processes took: that is in the evidence where the system tells, unless a
 * process is reaped before anybody looks, as one that prints and ends at once may be.
 */
export function withoutResources(result: object): unknown {
  return JSON.parse(
    JSON.stringify(result, (key, value: unknown) => (key === 'resources' ? undefined : value)),
  );
}
