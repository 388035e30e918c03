import { enterHeld } from './by-hand.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import type { CircuitRules, CircuitState, CircuitStatus, HalfOpen, Open } from './circuit-state.ts';
import { hold } from './state.ts';

/** A breaker's state as plain JSON; its instants are wall-clock ms, so that it can outlive the process. */
export interface BreakerSnapshot {
  readonly name: string;
  readonly takenAt: number;
  /** The shape of the window: one of another shape is not taken up again. */
  readonly detector: string;
  readonly state: CircuitState;
}

export function snapshotOf({ name, state, clock, rules }: CircuitBreaker): BreakerSnapshot {
  const takenAt = clock.now();
  const skewMs = takenAt - clock.monotonic();
  const lasting = stored(state, takenAt, skewMs, rules);
  return { name, takenAt, detector: rules.detector.shape, state: lasting };
}

const statuses: ReadonlySet<unknown> = /* @__PURE__ */ new Set<CircuitStatus>([
  'closed',
  'open',
  'half-open',
  'forced-open',
  'disabled',
  'metrics-only',
]);

/**
 * Takes up the state that a {@link snapshotOf} describes; one that is unknown, as a damaged one may
 * be, is left. Calls in flight count for nothing from here on.
 */
export function restore(breaker: CircuitBreaker, snapshot: BreakerSnapshot): void {
  const { clock, rules, state } = breaker;
  const kept = snapshot.state as CircuitState | null | undefined;
  // It would admit every call and count none, for good.
  if (!statuses.has(kept?.status)) return;
  // It would not know when to probe.
  if (kept?.status === 'open' && Number.isNaN(kept.until - kept.openedAt)) return;
  const at = clock.monotonic();
  enterHeld(breaker, revived(snapshot, state, at, clock.now() - at, rules));
}

/**
 * What lasts of a state. Probes in flight and isolations go with their process: a half-open circuit
 * becomes an open one that is ready to probe.
 * @param skewMs what the wall clock shows more than the monotonic one.
 */
function stored(
  state: CircuitState,
  now: number,
  skewMs: number,
  rules: CircuitRules,
): CircuitState {
  if (state.status === 'half-open') return readyToProbe(state, now, state.epoch);
  return state.isolations ? hold(state, -state.isolations, rules) : shifted(state, skewMs, rules);
}

/**
 * The state that a snapshot describes, to follow the current one, whose isolations stay. However the
 * wall clock has jumped, no circuit stays open for longer than it was opened for.
 */
function revived(
  { detector, state }: BreakerSnapshot,
  current: CircuitState,
  at: number,
  skewMs: number,
  rules: CircuitRules,
): CircuitState {
  const epoch = current.epoch + 1;
  if (current.isolations) return { ...current, epoch, mode: state.mode ?? 'automatic' };
  // Rebuilt: versions before this one kept a window with a mode that counts nothing.
  if (state.mode !== undefined && state.status !== 'metrics-only') {
    return hold(current, 0, rules, state.mode);
  }
  // Its probes are of another process, and of another clock.
  if (state.status === 'half-open') return readyToProbe(state, at, epoch);
  const isCounted = state.status === 'closed' || state.status === 'metrics-only';
  if (
    isCounted &&
    (detector !== rules.detector.shape || !canRead(state.window, at + skewMs, rules))
  ) {
    return { ...state, epoch, window: rules.detector.empty };
  }
  const next = { ...shifted(state, -skewMs, rules), epoch };
  if (next.status === 'open') {
    const until = Math.min(next.until, at + next.until - next.openedAt);
    return { ...next, until, openedAt: next.openedAt + until - next.until };
  }
  return next;
}

/** A window that its detector cannot count would fail every call, or open for none. */
function canRead(window: unknown, at: number, { detector }: CircuitRules): boolean {
  try {
    const { calls, failures, slow } = detector.counts(window, at);
    return [calls, failures, slow].every(Number.isFinite);
  } catch {
    return false;
  }
}

function readyToProbe({ reopenings }: HalfOpen, at: number, epoch: number): Open {
  return { status: 'open', epoch, reason: 'probes', openedAt: at, until: at, reopenings };
}

function shifted(state: CircuitState, byMs: number, { detector }: CircuitRules): CircuitState {
  if (state.status === 'open') {
    return { ...state, openedAt: state.openedAt + byMs, until: state.until + byMs };
  }
  return 'window' in state && detector.shift
    ? { ...state, window: detector.shift(state.window, byMs) }
    : state;
}
