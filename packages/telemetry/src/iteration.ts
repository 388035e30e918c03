import { isPromise } from './is-promise.ts';
import type { Watch } from './watch.ts';

/** Something that can be iterated asynchronously: its own iterator, or one that makes iterators. */
type Iteration =
  | { readonly kind: 'iterator'; readonly object: AsyncIterator<unknown> }
  | { readonly kind: 'iterable'; readonly object: AsyncIterable<unknown> };

type Step = (...args: unknown[]) => unknown;

export function asyncIterationOf(value: object): Iteration | undefined {
  const candidate = value as { [Symbol.asyncIterator]?: unknown; next?: unknown };
  if (typeof candidate[Symbol.asyncIterator] !== 'function') return undefined;
  return typeof candidate.next === 'function'
    ? { kind: 'iterator', object: value as AsyncIterator<unknown> }
    : { kind: 'iterable', object: value as AsyncIterable<unknown> };
}

/**
 * Ends the call when the iteration ends. The object stays itself, with what else it can do; only
 * the methods that iterate are covered by ones of its own. False when it does not allow that.
 */
export function observeIteration(iteration: Iteration, watch: Watch): boolean {
  // One that a function hands out twice is not covered twice.
  if (watch.iterated.has(iteration.object)) return false;
  const isCovered =
    iteration.kind === 'iterator'
      ? observeIterator(iteration.object, watch)
      : observeIterable(iteration.object, watch);
  if (isCovered) watch.iterated.add(iteration.object);
  return isCovered;
}

function observeIterable(iterable: AsyncIterable<unknown>, watch: Watch): boolean {
  const begin = iterable[Symbol.asyncIterator];
  return cover(iterable, Symbol.asyncIterator, () => {
    const iterator = begin.call(iterable);
    // A second iteration finds the call ended, and is none of its business.
    if (!watch.iterated.has(iterator)) {
      watch.iterated.add(iterator);
      if (!observeIterator(iterator, watch)) watch.stopped();
    }
    return iterator;
  });
}

function observeIterator(iterator: AsyncIterator<unknown>, watch: Watch): boolean {
  const {
    next,
    return: leave,
    throw: fail,
  } = iterator as { next: Step; return?: Step; throw?: Step };
  const step = (method: Step, args: unknown[], settled: (result: unknown) => void): unknown => {
    // Not before: of one that nobody begins nobody would ever see the end.
    watch.goesOn();
    let result: unknown;
    try {
      result = watch.run(() => method.apply(iterator, args));
    } catch (error) {
      watch.threw(error);
      throw error;
    }
    if (typeof result !== 'object' || result === null || !isPromise(result)) {
      settled(result);
      return result;
    }
    return result.then(
      (value: unknown) => {
        settled(value);
        return value;
      },
      (error: unknown) => {
        watch.threw(error);
        throw error;
      },
    );
  };
  const endIfDone = (result: unknown): void => {
    const { done, value } = (result ?? {}) as { done?: unknown; value?: unknown };
    if (done === true) watch.returned(value);
  };
  if (!cover(iterator, 'next', (...args) => step(next, args, endIfDone))) return false;
  cover(iterator, 'return', (...args) => {
    if (leave !== undefined) return step(leave, args, () => watch.stopped());
    watch.stopped();
    return Promise.resolve({ done: true, value: args[0] });
  });
  if (fail !== undefined) cover(iterator, 'throw', (...args) => step(fail, args, endIfDone));
  return true;
}

function cover(object: object, key: PropertyKey, value: Step): boolean {
  return Reflect.defineProperty(object, key, { value, writable: true, configurable: true });
}
