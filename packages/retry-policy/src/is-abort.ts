import { fieldOf } from './field-of.ts';

/** An abort is somebody's decision, also when a network error is its cause. */
export function isAbort(error: unknown): boolean {
  return fieldOf(error, 'name') === 'AbortError';
}
