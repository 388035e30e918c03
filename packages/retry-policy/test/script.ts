type Step = unknown;

/** An operation that plays its steps in turn: throws errors, calls functions, returns the rest. */
export function script(...steps: readonly Step[]) {
  let calls = 0;
  const nextSync = (): unknown => {
    const step = steps[calls];
    calls += 1;
    if (calls > steps.length)
      throw new Error(`called ${calls} times, but has ${steps.length} steps`);
    if (step instanceof Error || step instanceof DOMException) throw step;
    return typeof step === 'function' ? step() : step;
  };
  return {
    get calls() {
      return calls;
    },
    next: async () => nextSync(),
    nextSync,
  };
}
