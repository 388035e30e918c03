import type { CircuitRules, CircuitState, OpenReason } from './circuit-state.ts';
import { modeOf } from './state.ts';

/** A breaker's state as plain JSON; instants are wall-clock ms, so that it can outlive the process. */
export interface BreakerSnapshot {
  readonly name: string;
  readonly takenAt: number;
  /** The shape of the window: one of another shape is not taken up again. */
  readonly detector: string;
  readonly state: StoredState;
}

export type StoredState =
  | { readonly status: 'closed'; readonly window: unknown }
  | {
      readonly status: 'open';
      readonly reason: OpenReason;
      readonly openedAt: number;
      readonly openForMs: number;
      readonly reopenings: number;
    }
  | { readonly status: 'half-open'; readonly reopenings: number }
  | { readonly status: 'forced-open' }
  | { readonly status: 'disabled' }
  | {
      readonly status: 'metrics-only';
      readonly window: unknown;
      readonly exceeded?: OpenReason | undefined;
    };

/** @param skewMs what the wall clock shows more than the monotonic one. */
export function stored(state: CircuitState, skewMs: number, rules: CircuitRules): StoredState {
  const { detector } = rules;
  switch (state.status) {
    case 'closed':
      return { status: 'closed', window: detector.shift(state.window, skewMs) };
    case 'open': {
      const { status, reason, openedAt, until, reopenings } = state;
      const openForMs = until - openedAt;
      return { status, reason, openedAt: openedAt + skewMs, openForMs, reopenings };
    }
    case 'half-open':
      return { status: 'half-open', reopenings: state.reopenings };
    case 'forced-open':
      // Isolations are held by objects of this process; the mode beneath them is what lasts.
      return state.mode === 'automatic'
        ? { status: 'closed', window: detector.empty }
        : state.mode === 'metrics-only'
          ? { status: state.mode, window: detector.empty }
          : { status: state.mode };
    case 'disabled':
      return { status: 'disabled' };
    case 'metrics-only': {
      const window = detector.shift(state.window, skewMs);
      return { status: 'metrics-only', window, exceeded: state.exceeded };
    }
  }
}

/**
 * The state that a snapshot describes, to follow the current one. The probes of a half-open circuit
 * are gone with their process, so it comes back open and ready to probe. However the wall clock has
 * jumped, no circuit stays open for longer than it was opened for. Isolations that are held stay.
 */
export function revived(
  snapshot: BreakerSnapshot,
  current: CircuitState,
  at: number,
  skewMs: number,
  rules: CircuitRules,
): CircuitState {
  const epoch = current.epoch + 1;
  const state = restarted(snapshot, epoch, at, skewMs, rules);
  return current.status === 'forced-open' && current.isolations > 0
    ? { ...current, mode: modeOf(state), epoch }
    : state;
}

function restarted(
  { detector: shape, state }: BreakerSnapshot,
  epoch: number,
  at: number,
  skewMs: number,
  { detector }: CircuitRules,
): CircuitState {
  switch (state.status) {
    case 'closed': {
      const window =
        shape === detector.shape ? detector.shift(state.window, -skewMs) : detector.empty;
      return { status: 'closed', epoch, window };
    }
    case 'open': {
      const { status, reason, openForMs, reopenings } = state;
      const remainingMs = state.openedAt - skewMs + openForMs - at;
      const until = at + Math.min(openForMs, Math.max(0, remainingMs));
      return { status, epoch, reason, openedAt: until - openForMs, until, reopenings };
    }
    case 'half-open': {
      const { reopenings } = state;
      return { status: 'open', epoch, reason: 'probes', openedAt: at, until: at, reopenings };
    }
    case 'forced-open':
      return { status: 'forced-open', epoch, mode: 'forced-open', isolations: 0 };
    case 'disabled':
      return { status: 'disabled', epoch };
    case 'metrics-only':
      return shape === detector.shape
        ? {
            status: 'metrics-only',
            epoch,
            window: detector.shift(state.window, -skewMs),
            exceeded: state.exceeded,
          }
        : { status: 'metrics-only', epoch, window: detector.empty, exceeded: undefined };
  }
}
