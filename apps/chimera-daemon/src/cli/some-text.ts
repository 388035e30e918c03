import { InvalidArgumentError } from 'commander';

/** A text that says something, of at most so many characters. Default: any number. */
export function someText(most = Infinity): (text: string) => string {
  return (text) => {
    if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.');
    if (text.length > most)
      throw new InvalidArgumentError(
        `It must have at most ${most} characters, not ${text.length}.`,
      );
    return text;
  };
}
