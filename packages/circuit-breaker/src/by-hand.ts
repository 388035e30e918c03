import { type Duration, durationOption } from '@chimera/policy';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { CircuitState, Mode, TripCause } from './circuit-state.ts';
import { hold, open } from './state.ts';

/** Opens the circuit from outside, by default for as long as a failure would; nothing happens unless the mode is automatic. */
export function trip(
  breaker: CircuitBreaker,
  openFor?: Duration,
  cause: TripCause = 'told to',
): void {
  const openForMs =
    openFor === undefined ? undefined : durationOption('circuit-breaker', 'openFor', openFor);
  const { clock, rules, state } = breaker;
  if (state.mode !== undefined) return;
  breaker.enter(open(state, 0, clock.monotonic(), cause, openForMs, rules));
}

/** Closes the circuit by hand, with nothing counted: the same as `setMode(breaker, 'automatic')`. */
export function reset(breaker: CircuitBreaker): void {
  setMode(breaker, 'automatic');
}

/**
 * `forced-open` refuses every call, `disabled` admits every call and counts nothing,
 * `metrics-only` counts but never opens. `automatic` starts over with a closed circuit.
 */
export function setMode(breaker: CircuitBreaker, mode: Mode): void {
  enterHeld(breaker, hold(breaker.state, 0, breaker.rules, mode));
}

/** Refuses every call while any isolation is held; when the last is disposed of, the mode beneath starts over. */
export function isolate(breaker: CircuitBreaker): Disposable {
  const add = (isolations: number) => {
    enterHeld(breaker, hold(breaker.state, isolations, breaker.rules));
  };
  add(1);
  let isHeld = true;
  return {
    [Symbol.dispose]: () => {
      if (isHeld) add(-1);
      isHeld = false;
    },
  };
}

/** Enters a state that may be one that a hand holds, of which the breaker by itself says nothing. */
export function enterHeld(breaker: CircuitBreaker, state: CircuitState): void {
  const { mode, isolations } = state;
  breaker.enter(state);
  if (mode !== undefined) breaker.tell({ type: 'mode-changed', mode, isolations });
}
