/** Makes what belongs to a value once, and finds it again. For values of which there are few. */
export function perValue<Value, Made>(make: (value: Value) => Made): (value: Value) => Made {
  const known = new Map<Value, Made>();
  return (value) => {
    const found = known.get(value);
    if (found !== undefined) return found;
    const made = make(value);
    known.set(value, made);
    return made;
  };
}
