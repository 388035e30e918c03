/**
 * Makes what belongs to a value once, and finds it again: at once for the value that was asked for
 * last. For values of which there are few.
 */
export function perValue<Value, Made>(make: (value: Value) => Made): (value: Value) => Made {
  const known = new Map<Value, Made>();
  let last: Value | undefined;
  let lastMade: Made | undefined;
  return (value) => {
    if (lastMade !== undefined && last === value) return lastMade;
    let made = known.get(value);
    if (made === undefined) {
      made = make(value);
      known.set(value, made);
    }
    last = value;
    lastMade = made;
    return made;
  };
}
