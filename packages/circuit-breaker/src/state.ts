import type {
  CircuitRules,
  CircuitState,
  Closed,
  Measured,
  HalfOpen,
  Mode,
  Open,
  OpenReason,
  Outcome,
  Verdict,
} from './circuit-state.ts';
import type { SlowCalls } from './failure-detector.ts';

export function initialState(rules: CircuitRules): CircuitState {
  return closed(0, rules.detector.empty);
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
    const isFull = state.probes.length + state.ended >= rules.probes;
    // It can have room again whenever a probe ends: look again within a second.
    if (isFull && oldest !== undefined) ms = Math.min(1_000, oldest.expiresAt - at);
  }
  return Math.max(0, ms);
}

/** What time alone changes: probes that hang, and half-open that never decides. Needs no timer: it is caught up with. */
export function elapse(state: CircuitState, at: number, rules: CircuitRules): CircuitState {
  return state.status === 'half-open' ? (rules.maxWait ?? expire)(state, at, rules) : state;
}

/** Probes that have hung by then have failed. */
export function expire(before: HalfOpen, at: number, rules: CircuitRules): CircuitState {
  const { epoch, probes } = before;
  const hung = { epoch, verdict: 'failure', durationMs: rules.probeTimeoutMs } as const;
  let state: CircuitState = before;
  for (const { id: probe, expiresAt } of probes) {
    if (expiresAt <= at) state = settle(state, { ...hung, probe, at: expiresAt }, rules);
  }
  return state;
}

/** What follows when a call is let through, for which there has to be nothing to wait for. */
export function admit(state: CircuitState, at: number, rules: CircuitRules): CircuitState {
  const from = state.status === 'open' ? halfOpen(state, at) : state;
  if (from.status !== 'half-open') return from;
  const probe = { id: from.nextProbe, expiresAt: at + rules.probeTimeoutMs };
  return { ...from, probes: [...from.probes, probe], nextProbe: from.nextProbe + 1 };
}

/** What follows when a call has ended. */
export function settle(state: CircuitState, call: Outcome, rules: CircuitRules): CircuitState {
  const { at, verdict, durationMs, openForMs } = call;
  if (state.epoch !== call.epoch) return state;
  if (state.status === 'half-open') return judge(state, call, rules);
  return verdict !== 'ignored' && 'window' in state
    ? count(state, verdict, at, durationMs, rules, openForMs)
    : state;
}

/** What follows when a call has ended that was let through while closed, or in metrics-only mode. */
export function count(
  state: Closed | Measured,
  verdict: Verdict,
  at: number,
  durationMs: number,
  rules: CircuitRules,
  openForMs?: number,
): CircuitState {
  const { detector } = rules;
  const window = detector.record(state.window, verdict !== 'success', at, durationMs);
  const reason = verdict === 'trip' ? 'verdict' : detector.tripReason(window);
  if (state.status !== 'closed') {
    return { ...state, window, exceeded: state.exceeded ?? reason ?? null };
  }
  if (reason !== undefined) return open(state, 0, at, reason, openForMs, rules);
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
  const epoch = state.epoch + 1;
  const { empty: window } = rules.detector;
  if (status === 'automatic') return closed(epoch, window);
  return status === 'metrics-only'
    ? { status, epoch, mode, isolations, window, exceeded: null }
    : { status, epoch, mode, isolations };
}

function judge(state: HalfOpen, call: Outcome, rules: CircuitRules): CircuitState {
  const { verdict } = call;
  const probes = state.probes.filter(({ id }) => id !== call.probe);
  if (probes.length === state.probes.length) return state;
  if (verdict === 'ignored') return { ...state, probes };

  const { overMs = Infinity, rate = 2 }: Partial<SlowCalls> = rules.detector.slow ?? {};
  const ended = state.ended + 1;
  const failed = state.failed + Number(verdict !== 'success');
  const slow = state.slow + Number(call.durationMs > overMs);
  if (
    verdict === 'trip' ||
    failed / rules.probes > rules.permittedFailureRate ||
    slow / rules.probes >= rate
  ) {
    return open(state, 1, call.at, 'probes', call.openForMs, rules);
  }
  return ended === rules.probes
    ? closed(state.epoch + 1, rules.detector.empty)
    : { ...state, probes, ended, failed, slow };
}

export function closed(epoch: number, window: unknown): Closed {
  return { status: 'closed', epoch, window };
}

function halfOpen({ epoch, reopenings }: Open, enteredAt: number): HalfOpen {
  return {
    status: 'half-open',
    epoch: epoch + 1,
    enteredAt,
    reopenings,
    probes: [],
    nextProbe: 0,
    ended: 0,
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
