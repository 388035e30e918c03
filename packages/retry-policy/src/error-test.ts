import { fieldOf } from './field-of.ts';

/**
 * Says whether an error is of a kind. `phase` is the step of a longer piece of work that failed,
 * for callers of `decide()` that have such steps.
 */
export type ErrorTest = (error: unknown, phase: string | undefined) => boolean;

export type ErrorClass = abstract new (...args: never[]) => unknown;

/** A chain of causes may be a circle. */
const longestChain = 10;

/** True when the error, or one that caused it, has one of these `code`s: `hasCode('ECONNRESET')` sees through fetch's TypeError. */
export function hasCode(...codes: readonly (string | number)[]): ErrorTest {
  return (error) => {
    let link = error;
    for (let depth = 0; depth < longestChain && link !== undefined; depth += 1) {
      const code = fieldOf(link, 'code');
      if (codes.some((each) => each === code)) return true;
      link = fieldOf(link, 'cause');
    }
    return false;
  };
}

/** True for instances of one of these classes. */
export function isInstance(...classes: readonly ErrorClass[]): ErrorTest {
  return (error) => classes.some((each) => error instanceof each);
}

/** True in one of these phases, as told to `decide()` or noted on the error as `phase`. */
export function inPhase(...phases: readonly string[]): ErrorTest {
  return (error, phase) => {
    const noted = fieldOf(error, 'phase');
    return phases.some((each) => each === phase || each === noted);
  };
}

/** True when one of the tests is. */
export function anyOf(...tests: readonly ErrorTest[]): ErrorTest {
  return (error, phase) => tests.some((test) => test(error, phase));
}
