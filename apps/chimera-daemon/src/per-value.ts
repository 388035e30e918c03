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

/** The same for two values together: one look at one place, where one {@link perValue} in another is two. */
export function perPair<First, Second, Made>(
  make: (first: First, second: Second) => Made,
): (first: First, second: Second) => Made {
  const known = new Map<First, Map<Second, Made>>();
  let lastFirst: First | undefined;
  let lastSecond: Second | undefined;
  let lastMade: Made | undefined;
  return (first, second) => {
    if (lastMade !== undefined && lastFirst === first && lastSecond === second) return lastMade;
    let ofFirst = known.get(first);
    if (ofFirst === undefined) {
      ofFirst = new Map();
      known.set(first, ofFirst);
    }
    let made = ofFirst.get(second);
    if (made === undefined) {
      made = make(first, second);
      ofFirst.set(second, made);
    }
    lastFirst = first;
    lastSecond = second;
    lastMade = made;
    return made;
  };
}
