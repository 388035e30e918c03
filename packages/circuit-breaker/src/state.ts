import type {
  CircuitRules,
  CircuitState,
  CircuitStatus,
  Closed,
  HalfOpen,
  Mode,
  Open,
  OpenReason,
  Outcome,
} from './circuit-state.ts';

/** A full half-open circuit can have room again whenever a probe ends: look again within a second. */
const longestProbeWaitMs = 1_000;

export function initialState(rules: CircuitRules): CircuitState {
  return closed(0, rules.detector.empty);
}

export function statusAt(state: CircuitState, at: number): CircuitStatus {
  return state.status === 'open' && state.until <= at ? 'half-open' : state.status;
}

/**
 * How long until a call would be admitted, in ms: 0 when now, Infinity when only a hand can change
 * it. A full half-open circuit says at most a second.
 */
export function waitMs(state: CircuitState, at: number, rules: CircuitRules): number {
  if (state.status === 'forced-open') return Infinity;
  let ms = 0;
  if (state.status === 'open') {
    ms = state.until - at;
  } else if (state.status === 'half-open') {
    const [oldest] = state.probes;
    const isFull = state.probes.length + state.succeeded + state.failed >= rules.probes;
    if (isFull && oldest !== undefined) ms = Math.min(longestProbeWaitMs, oldest.expiresAt - at);
  }
  return Math.max(0, ms);
}

/** What time alone changes: probes that hang, and half-open that never decides. Needs no timer: it is caught up with. */
export function elapse(state: CircuitState, at: number, rules: CircuitRules): CircuitState {
  if (state.status !== 'half-open') return state;
  const { maxWait, probeTimeoutMs: durationMs } = rules;
  const waitEnds = state.enteredAt + (maxWait?.ms ?? Infinity);
  const [oldest] = state.probes;
  if (oldest !== undefined && oldest.expiresAt <= Math.min(at, waitEnds)) {
    const { id: probe, expiresAt } = oldest;
    const { epoch } = state;
    const hung = { at: expiresAt, epoch, probe, verdict: 'failure', durationMs } as const;
    return elapse(judge(state, hung, rules), at, rules);
  }
  return waitEnds > at ? state : (maxWait?.passed(state, waitEnds, rules) ?? state);
}

/** What follows when a call is let through, for which there has to be nothing to wait for. */
export function admit(state: CircuitState, at: number, rules: CircuitRules): CircuitState {
  if (state.reopenings === undefined) return state;
  const { probes, nextProbe, ...rest } = state.status === 'open' ? probing(state, at) : state;
  const probe = { id: nextProbe, expiresAt: at + rules.probeTimeoutMs };
  return { ...rest, probes: [...probes, probe], nextProbe: nextProbe + 1 };
}

/** What follows when a call has ended. */
export function settle(state: CircuitState, call: Outcome, rules: CircuitRules): CircuitState {
  const { at, verdict } = call;
  if (state.epoch !== call.epoch) return state;
  if (state.status === 'half-open') return judge(state, call, rules);
  if (verdict === 'ignored' || (state.status !== 'closed' && state.status !== 'metrics-only')) {
    return state;
  }
  const { detector } = rules;
  const window = detector.record(state.window, verdict !== 'success', at, call.durationMs);
  const reason = verdict === 'trip' ? 'verdict' : detector.tripReason(window);
  if (state.status === 'metrics-only') {
    return { ...state, window, exceeded: state.exceeded ?? reason ?? null };
  }
  if (reason !== undefined) return open(state, 0, at, reason, call.openForMs, rules);
  return window === state.window ? state : closed(state.epoch, window);
}

/**
 * Starts over, under so many isolations more, in a mode: by default the one there is. An isolation
 * forces open whatever the mode.
 */
export function hold(
  state: CircuitState,
  more: number,
  rules: CircuitRules,
  mode: Mode = state.mode ?? 'automatic',
): CircuitState {
  const isolations = (state.isolations ?? 0) + more;
  const status = isolations > 0 ? 'forced-open' : mode;
  const next = closed(state.epoch + 1, rules.detector.empty);
  return status === 'automatic' ? next : { ...next, status, mode, isolations, exceeded: null };
}

function judge(state: HalfOpen, call: Outcome, rules: CircuitRules): CircuitState {
  const { verdict } = call;
  const probes = state.probes.filter(({ id }) => id !== call.probe);
  if (probes.length === state.probes.length) return state;
  if (verdict === 'ignored') return { ...state, probes };

  const { overMs, rate } = rules.detector.slow ?? { overMs: Infinity, rate: 2 };
  const hasSucceeded = verdict === 'success';
  const succeeded = state.succeeded + Number(hasSucceeded);
  const failed = state.failed + Number(!hasSucceeded);
  const slow = state.slow + Number(call.durationMs > overMs);
  if (
    verdict === 'trip' ||
    failed / rules.probes > rules.permittedFailureRate ||
    slow / rules.probes >= rate
  ) {
    return open(state, 1, call.at, 'probes', call.openForMs, rules);
  }
  return succeeded + failed === rules.probes
    ? closed(state.epoch + 1, rules.detector.empty)
    : { ...state, probes, succeeded, failed, slow };
}

export function closed(epoch: number, window: unknown): Closed {
  return { status: 'closed', epoch, window };
}

function probing({ epoch, reopenings }: Open, enteredAt: number): HalfOpen {
  return {
    status: 'half-open',
    epoch: epoch + 1,
    enteredAt,
    reopenings,
    probes: [],
    nextProbe: 0,
    succeeded: 0,
    failed: 0,
    slow: 0,
  };
}

/** Opens the circuit, by default for as long as the rules say; `failedRecoveries` more than before. */
export function open(
  before: CircuitState,
  failedRecoveries: number,
  at: number,
  reason: OpenReason,
  openForMs: number | undefined,
  { openFor }: CircuitRules,
): CircuitState {
  const reopenings = (before.reopenings ?? 0) + failedRecoveries;
  const until = at + (openForMs ?? (typeof openFor === 'function' ? openFor(reopenings) : openFor));
  return { status: 'open', epoch: before.epoch + 1, reason, openedAt: at, until, reopenings };
}
