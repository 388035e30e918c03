import type {
  CircuitEvent,
  CircuitRules,
  CircuitState,
  Closed,
  HalfOpen,
  Mode,
  Open,
  OpenReason,
  Probe,
  Verdict,
} from './circuit-state.ts';

/** The probe's id of a call that is none. */
export const noProbe = -1;

/** A full half-open circuit can have room again whenever a probe ends: look again within a second. */
const longestProbeWaitMs = 1_000;

export function initialState(rules: CircuitRules): CircuitState {
  return closed(0, rules);
}

/** The next state; the same object when nothing changed. Time only moves on through events. */
export function transition(
  state: CircuitState,
  event: CircuitEvent,
  rules: CircuitRules,
): CircuitState {
  switch (event.type) {
    case 'elapsed':
      return elapse(state, event.at, rules);
    case 'admitted':
      return admit(state, event.at, rules);
    case 'settled':
      return settle(
        state,
        rules,
        event.at,
        event.epoch,
        event.probe,
        event.verdict,
        event.durationMs,
        event.openForMs,
      );
    case 'tripped':
      return modeOf(state) === 'automatic' && state.status !== 'forced-open'
        ? open(state.epoch, event.at, 'told to', reopeningsOf(state), event.openForMs, rules)
        : state;
    case 'mode-set':
      return state.status === 'forced-open' && state.isolations > 0
        ? { ...state, mode: event.mode }
        : enter(event.mode, state.epoch, rules);
    case 'isolated':
      return state.status === 'forced-open'
        ? { ...state, isolations: state.isolations + 1 }
        : { status: 'forced-open', epoch: state.epoch + 1, mode: modeOf(state), isolations: 1 };
    case 'released':
      if (state.status !== 'forced-open' || state.isolations === 0) return state;
      return state.isolations > 1 || state.mode === 'forced-open'
        ? { ...state, isolations: state.isolations - 1 }
        : enter(state.mode, state.epoch, rules);
  }
}

/**
 * How long until a call would be admitted, in ms: 0 when now, Infinity when only a hand can change
 * it. A full half-open circuit says at most a second.
 */
export function waitMs(state: CircuitState, at: number, rules: CircuitRules): number {
  switch (state.status) {
    case 'closed':
    case 'disabled':
    case 'metrics-only':
      return 0;
    case 'forced-open':
      return Infinity;
    case 'open':
      return Math.max(0, state.until - at);
    case 'half-open': {
      const [oldest] = state.probes;
      const isFull = state.probes.length + state.succeeded + state.failed >= rules.probes;
      return isFull && oldest !== undefined
        ? Math.max(0, Math.min(longestProbeWaitMs, oldest.expiresAt - at))
        : 0;
    }
  }
}

export function modeOf(state: CircuitState): Mode {
  switch (state.status) {
    case 'closed':
    case 'open':
    case 'half-open':
      return 'automatic';
    case 'forced-open':
      return state.mode;
    case 'disabled':
    case 'metrics-only':
      return state.status;
  }
}

/** What time alone changes: probes that hang, and half-open that never decides. Needs no timer: it is caught up with. */
export function elapse(state: CircuitState, at: number, rules: CircuitRules): CircuitState {
  if (state.status !== 'half-open') return state;
  const waitEnds = state.enteredAt + rules.maxWaitMs;
  const [oldest] = state.probes;
  if (oldest !== undefined && oldest.expiresAt <= Math.min(at, waitEnds)) {
    const { id, expiresAt } = oldest;
    const judged = judge(state, id, 'failure', rules.probeTimeoutMs, undefined, expiresAt, rules);
    return elapse(judged, at, rules);
  }
  if (waitEnds > at) return state;
  return rules.afterMaxWait === 'closed'
    ? closed(state.epoch + 1, rules)
    : open(state.epoch, waitEnds, 'no word from probes', state.reopenings + 1, undefined, rules);
}

/** Lets one call through if {@link waitMs} says 0. Its probe's id is `nextProbe - 1` of the half-open state returned. */
export function admit(state: CircuitState, at: number, rules: CircuitRules): CircuitState {
  const current = elapse(state, at, rules);
  if (waitMs(current, at, rules) > 0) return current;
  if (current.status !== 'open' && current.status !== 'half-open') return current;
  const halfOpen: HalfOpen =
    current.status === 'half-open'
      ? current
      : {
          status: 'half-open',
          epoch: current.epoch + 1,
          enteredAt: at,
          reopenings: current.reopenings,
          probes: [],
          nextProbe: 0,
          succeeded: 0,
          failed: 0,
          slow: 0,
        };
  const probe: Probe = { id: halfOpen.nextProbe, expiresAt: at + rules.probeTimeoutMs };
  return {
    ...halfOpen,
    probes: [...halfOpen.probes, probe],
    nextProbe: halfOpen.nextProbe + 1,
  };
}

/** The event `settled`, as a function: one runs per call, and an object for each would be felt. */
export function settle(
  state: CircuitState,
  rules: CircuitRules,
  at: number,
  epoch: number,
  probe: number,
  verdict: Verdict,
  durationMs: number,
  openForMs: number | undefined,
): CircuitState {
  const current = elapse(state, at, rules);
  if (current.epoch !== epoch) return current;
  if (current.status === 'half-open') {
    return judge(current, probe, verdict, durationMs, openForMs, at, rules);
  }
  if (verdict === 'ignored') return current;
  if (current.status !== 'closed' && current.status !== 'metrics-only') return current;

  const { detector } = rules;
  const window = detector.record(current.window, verdict !== 'success', at, durationMs);
  if (window === current.window && verdict !== 'trip') return current;
  const reason = verdict === 'trip' ? 'verdict' : detector.tripReason(window);
  if (current.status === 'metrics-only') {
    return { ...current, window, exceeded: current.exceeded ?? reason };
  }
  return reason === undefined
    ? { status: 'closed', epoch, window }
    : open(epoch, at, reason, 0, openForMs, rules);
}

function judge(
  state: HalfOpen,
  probe: number,
  verdict: Verdict,
  durationMs: number,
  openForMs: number | undefined,
  at: number,
  rules: CircuitRules,
): CircuitState {
  const probes = state.probes.filter(({ id }) => id !== probe);
  if (probes.length === state.probes.length) return state;
  if (verdict === 'ignored') return { ...state, probes };

  const { slow: limit } = rules.detector;
  const isSlow = limit !== undefined && durationMs > limit.overMs;
  const succeeded = state.succeeded + (verdict === 'success' ? 1 : 0);
  const failed = state.failed + (verdict === 'success' ? 0 : 1);
  const slow = state.slow + (isSlow ? 1 : 0);
  if (
    verdict === 'trip' ||
    failed / rules.probes > rules.permittedFailureRate ||
    (limit !== undefined && slow / rules.probes >= limit.rate)
  ) {
    return open(state.epoch, at, 'probes', state.reopenings + 1, openForMs, rules);
  }
  return succeeded + failed === rules.probes
    ? closed(state.epoch + 1, rules)
    : { ...state, probes, succeeded, failed, slow };
}

function enter(mode: Mode, epoch: number, rules: CircuitRules): CircuitState {
  switch (mode) {
    case 'automatic':
      return closed(epoch + 1, rules);
    case 'forced-open':
      return { status: mode, epoch: epoch + 1, mode, isolations: 0 };
    case 'disabled':
      return { status: mode, epoch: epoch + 1 };
    case 'metrics-only':
      return { status: mode, epoch: epoch + 1, window: rules.detector.empty, exceeded: undefined };
  }
}

function closed(epoch: number, rules: CircuitRules): Closed {
  return { status: 'closed', epoch, window: rules.detector.empty };
}

function open(
  epoch: number,
  at: number,
  reason: OpenReason,
  reopenings: number,
  openForMs: number | undefined,
  rules: CircuitRules,
): Open {
  const until = at + (openForMs ?? rules.openForMs(reopenings));
  return { status: 'open', epoch: epoch + 1, reason, openedAt: at, until, reopenings };
}

/** How many times probing has failed since the circuit was last closed. */
export function reopeningsOf(state: CircuitState): number {
  return state.status === 'open' || state.status === 'half-open' ? state.reopenings : 0;
}
