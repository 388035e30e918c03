import { InvalidArgumentError } from 'commander';

/** A whole number, from `least` to `most`. */
export function wholeNumber(least: number, most: number = Infinity): (text: string) => number {
  const range = most === Infinity ? `>= ${least}` : `from ${least} to ${most}`;
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(`It must be a whole number ${range}.`);
    return value;
  };
}
