import type { CircuitRules, CircuitState } from './circuit-state.ts';
import { enter, isolationsOf, modeOf } from './state.ts';

/** A breaker's state as plain JSON; its instants are wall-clock ms, so that it can outlive the process. */
export interface BreakerSnapshot {
  readonly name: string;
  readonly takenAt: number;
  /** The shape of the window: one of another shape is not taken up again. */
  readonly detector: string;
  readonly state: CircuitState;
}

/**
 * What lasts of a state. Probes in flight and isolations go with their process: a half-open circuit
 * becomes an open one that is ready to probe.
 * @param skewMs what the wall clock shows more than the monotonic one.
 */
export function stored(
  state: CircuitState,
  at: number,
  skewMs: number,
  rules: CircuitRules,
): CircuitState {
  if (state.status === 'half-open') {
    const { epoch, reopenings } = state;
    const now = at + skewMs;
    return { status: 'open', epoch, reason: 'probes', openedAt: now, until: now, reopenings };
  }
  return isolationsOf(state) > 0
    ? enter(modeOf(state), 0, state, rules)
    : shifted(state, skewMs, rules);
}

/**
 * The state that a snapshot describes, to follow the current one, whose isolations stay. However the
 * wall clock has jumped, no circuit stays open for longer than it was opened for.
 */
export function revived(
  { detector, state }: BreakerSnapshot,
  current: CircuitState,
  at: number,
  skewMs: number,
  rules: CircuitRules,
): CircuitState {
  const epoch = current.epoch + 1;
  if ('mode' in current && current.isolations > 0)
    return { ...current, epoch, mode: modeOf(state) };
  const next = { ...shifted(state, -skewMs, rules), epoch };
  if (next.status === 'open') {
    const until = Math.min(next.until, at + next.until - next.openedAt);
    return { ...next, until, openedAt: next.openedAt + until - next.until };
  }
  return 'window' in next && detector !== rules.detector.shape
    ? { ...next, window: rules.detector.empty }
    : next;
}

function shifted(state: CircuitState, byMs: number, { detector }: CircuitRules): CircuitState {
  if (state.status === 'open') {
    return { ...state, openedAt: state.openedAt + byMs, until: state.until + byMs };
  }
  return 'window' in state ? { ...state, window: detector.shift(state.window, byMs) } : state;
}
