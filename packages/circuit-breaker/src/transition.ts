import type { CircuitEvent, CircuitRules, CircuitState } from './circuit-state.ts';
import { admit, elapse, hold, open, settle, waitMs } from './state.ts';

/**
 * The breaker as a function: the next state, the same object when nothing changed. Time moves on
 * only through events.
 */
export function transition(
  before: CircuitState,
  event: CircuitEvent,
  rules: CircuitRules,
): CircuitState {
  const state = 'at' in event ? elapse(before, event.at, rules) : before;
  switch (event.type) {
    case 'elapsed':
      return state;
    case 'admitted':
      return waitMs(state, event.at, rules) > 0 ? state : admit(state, event.at, rules);
    case 'settled':
      return settle(state, event, rules);
    case 'tripped':
      return state.mode === undefined
        ? open(state, 0, event.at, event.cause, event.openForMs, rules)
        : state;
    case 'mode-set':
      return hold(state, 0, rules, event.mode);
    case 'isolated':
      return hold(state, 1, rules);
    case 'released':
      return state.isolations ? hold(state, -1, rules) : state;
  }
}
