import { isPromise } from './is-promise.ts';
import { asyncIterationOf, observeIteration } from './iteration.ts';
import { Plan } from './plan.ts';
import type { Recipe } from './recipe.ts';
import { installed, type Telemetry } from './telemetry.ts';
import { Watch } from './watch.ts';

type AnyFunction = (this: never, ...args: never[]) => unknown;

/**
 * Measures a function: `measure(fn)`, or `@measure` on a method (TC39 decorators). `this`,
 * arguments, result, error, name and length stay. A promise settles one microtask later; an async
 * iterator, or iterable, is measured until its first iteration ends.
 */
export type Measure = <F extends AnyFunction>(
  target: F,
  context?: { readonly kind: 'method'; readonly name: string | symbol },
) => F;

export function measureBy(recipe: Recipe): Measure {
  return (target, context) => {
    // What `experimentalDecorators` calls with is a prototype, a key and a descriptor.
    if (
      typeof context === 'string' ||
      typeof context === 'symbol' ||
      typeof target !== 'function'
    ) {
      throw new TypeError(
        'telemetry: wraps functions and decorates methods; decorators need experimentalDecorators off',
      );
    }
    return instrumented(target, recipe);
  };
}

function instrumented<F extends AnyFunction>(fn: F, recipe: Recipe): F {
  const target = fn as unknown as (this: unknown, ...args: unknown[]) => unknown;
  let planned: Telemetry | undefined;
  let plan: Plan | undefined;

  function wrapper(this: unknown, ...args: unknown[]): unknown {
    const telemetry = recipe.telemetry ?? installed.current;
    if (telemetry === undefined) return target.apply(this, args);
    if (telemetry !== planned) {
      planned = telemetry;
      plan = planOf(recipe, telemetry);
    }
    const watch = plan === undefined ? undefined : begin(plan, args);
    if (watch === undefined) return target.apply(this, args);
    let result: unknown;
    try {
      result = watch.hasSpan ? watch.run(() => target.apply(this, args)) : target.apply(this, args);
    } catch (error) {
      watch.threw(error);
      throw error;
    }
    return watched(result, watch);
  }

  Object.defineProperty(wrapper, 'name', { value: target.name, configurable: true });
  Object.defineProperty(wrapper, 'length', { value: target.length, configurable: true });
  return wrapper as unknown as F;
}

function watched(result: unknown, watch: Watch): unknown {
  if (typeof result !== 'object' || result === null) {
    watch.returned(result);
    return result;
  }
  try {
    if (isPromise(result)) {
      watch.goesOn();
      // The one derived, so that a rejection nobody handles is still reported as such.
      return result.then(
        (value: unknown) => {
          watch.returned(value);
          return value;
        },
        (error: unknown) => {
          watch.threw(error);
          throw error;
        },
      );
    }
    const iteration = asyncIterationOf(result);
    if (iteration === undefined || !observeIteration(iteration, watch)) watch.returned(result);
  } catch {
    // A result that does not let itself be looked at is handed on as it is.
    watch.returned(result);
  }
  return result;
}

function planOf(recipe: Recipe, telemetry: Telemetry): Plan | undefined {
  try {
    return new Plan(recipe, telemetry);
  } catch (error) {
    recipe.complain(error);
    return undefined;
  }
}

function begin(plan: Plan, args: readonly unknown[]): Watch | undefined {
  try {
    return new Watch(plan, args);
  } catch (error) {
    plan.recipe.complain(error);
    return undefined;
  }
}
