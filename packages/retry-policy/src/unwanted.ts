import { type Discard, discarding, type DisposeOptions } from './discard.ts';

/** Results that are failures. */
export interface Unwanted {
  readonly test: (result: unknown) => boolean;
  /** What becomes of those that are not returned. */
  readonly discard: Discard;
}

/** Tells which results are failures; those that are not returned are disposed of. */
export function unwanted(
  test: (result: unknown) => boolean,
  { dispose }: DisposeOptions = {},
): Unwanted {
  return { test, discard: discarding(dispose) };
}
