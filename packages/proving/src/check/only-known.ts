/**
 * Refuses a field that nothing reads: a key that is misspelled would else be left out in silence.
 *
 * @throws RangeError `proving: failureInARow is no field of a breaker; these are: failuresInARow, …`
 */
export function onlyKnown(
  owner: string,
  of: string,
  given: object,
  known: readonly string[],
): void {
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new RangeError(
      `${owner}: ${unknown} is no field of ${of}; these are: ${known.join(', ')}`,
    );
}
