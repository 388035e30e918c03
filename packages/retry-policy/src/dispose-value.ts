import { fieldOf } from './field-of.ts';

/** Ends the life of a result that nobody gets, when it says how. */
export function disposeValue(value: unknown): void | PromiseLike<void> {
  const dispose = fieldOf(value, Symbol.asyncDispose) ?? fieldOf(value, Symbol.dispose);
  if (typeof dispose === 'function') return dispose.call(value) as void | PromiseLike<void>;
}
