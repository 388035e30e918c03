/**
 * Series by the value of one label, each bound when it is first used, and then found without its
 * labels being put together. For values of which there are few.
 */
export function boundBy<Value, Bound>(bind: (value: Value) => Bound): (value: Value) => Bound {
  const bound = new Map<Value, Bound>();
  return (value) => {
    const known = bound.get(value);
    if (known !== undefined) return known;
    const made = bind(value);
    bound.set(value, made);
    return made;
  };
}
