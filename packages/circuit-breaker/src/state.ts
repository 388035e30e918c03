import type {
  CircuitEvent,
  CircuitRules,
  CircuitState,
  HalfOpen,
  Mode,
  OpenReason,
  Settled,
  Verdict,
} from './circuit-state.ts';

/** A full half-open circuit can have room again whenever a probe ends: look again within a second. */
const longestProbeWaitMs = 1_000;

export function initialState(rules: CircuitRules): CircuitState {
  return closed(0, rules);
}

/** The next state; the same object when nothing changed. Time moves on only through events. */
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
      return admit(state, event.at, rules);
    case 'settled':
      return settle(state, event, rules);
    case 'tripped':
      return 'mode' in state ? state : open(state, event.at, event.cause, event.openForMs, rules);
    case 'mode-set':
      return enter(event.mode, isolationsOf(state), state, rules);
    case 'isolated':
      return enter(modeOf(state), isolationsOf(state) + 1, state, rules);
    case 'released':
      return isolationsOf(state) === 0
        ? state
        : enter(modeOf(state), isolationsOf(state) - 1, state, rules);
  }
}

/**
 * How long until a call would be admitted, in ms: 0 when now, Infinity when only a hand can change
 * it. A full half-open circuit says at most a second.
 */
export function waitMs(state: CircuitState, at: number, rules: CircuitRules): number {
  if (state.status === 'open') return Math.max(0, state.until - at);
  if (state.status === 'half-open') {
    const [oldest] = state.probes;
    const isFull = state.probes.length + state.succeeded + state.failed >= rules.probes;
    return isFull && oldest !== undefined
      ? Math.max(0, Math.min(longestProbeWaitMs, oldest.expiresAt - at))
      : 0;
  }
  return state.status === 'forced-open' ? Infinity : 0;
}

export function modeOf(state: CircuitState): Mode {
  return 'mode' in state ? state.mode : 'automatic';
}

export function isolationsOf(state: CircuitState): number {
  return 'mode' in state ? state.isolations : 0;
}

/** How many times probing has failed since the circuit was last closed. */
export function reopeningsOf(state: CircuitState): number {
  return 'reopenings' in state ? state.reopenings : 0;
}

/** What time alone changes: probes that hang, and half-open that never decides. Needs no timer: it is caught up with. */
function elapse(state: CircuitState, at: number, rules: CircuitRules): CircuitState {
  if (state.status !== 'half-open') return state;
  const waitEnds = state.enteredAt + rules.maxWaitMs;
  const [oldest] = state.probes;
  if (oldest !== undefined && oldest.expiresAt <= Math.min(at, waitEnds)) {
    const { id, expiresAt } = oldest;
    const after = judge(state, id, 'failure', rules.probeTimeoutMs, expiresAt, undefined, rules);
    return elapse(after, at, rules);
  }
  if (waitEnds > at) return state;
  return rules.afterMaxWait === 'closed'
    ? closed(state.epoch + 1, rules)
    : open(state, waitEnds, 'no word from probes', undefined, rules);
}

function admit(state: CircuitState, at: number, rules: CircuitRules): CircuitState {
  if (!('reopenings' in state) || waitMs(state, at, rules) > 0) return state;
  const halfOpen = state.status === 'open' ? probing(state.epoch + 1, at, state.reopenings) : state;
  const probe = { id: halfOpen.nextProbe, expiresAt: at + rules.probeTimeoutMs };
  return { ...halfOpen, probes: [...halfOpen.probes, probe], nextProbe: probe.id + 1 };
}

function settle(state: CircuitState, call: Settled, rules: CircuitRules): CircuitState {
  const { at, verdict, durationMs, openForMs } = call;
  if (state.epoch !== call.epoch) return state;
  if (state.status === 'half-open') {
    return judge(state, call.probe, verdict, durationMs, at, openForMs, rules);
  }
  if (verdict === 'ignored' || (state.status !== 'closed' && state.status !== 'metrics-only')) {
    return state;
  }
  const { detector } = rules;
  const window = detector.record(state.window, verdict !== 'success', at, durationMs);
  const reason = verdict === 'trip' ? 'verdict' : detector.tripReason(window);
  if (state.status === 'metrics-only') {
    return { ...state, window, exceeded: state.exceeded ?? reason ?? null };
  }
  if (reason !== undefined) return open(state, at, reason, openForMs, rules);
  return window === state.window ? state : { status: 'closed', epoch: state.epoch, window };
}

function judge(
  state: HalfOpen,
  probe: number,
  verdict: Verdict,
  durationMs: number,
  at: number,
  openForMs: number | undefined,
  rules: CircuitRules,
): CircuitState {
  const probes = state.probes.filter(({ id }) => id !== probe);
  if (probes.length === state.probes.length) return state;
  if (verdict === 'ignored') return { ...state, probes };

  const { overMs, rate } = rules.detector.slow ?? { overMs: Infinity, rate: 2 };
  const succeeded = state.succeeded + (verdict === 'success' ? 1 : 0);
  const failed = state.failed + (verdict === 'success' ? 0 : 1);
  const slow = state.slow + (durationMs > overMs ? 1 : 0);
  if (
    verdict === 'trip' ||
    failed / rules.probes > rules.permittedFailureRate ||
    slow / rules.probes >= rate
  ) {
    return open(state, at, 'probes', openForMs, rules);
  }
  return succeeded + failed === rules.probes
    ? closed(state.epoch + 1, rules)
    : { ...state, probes, succeeded, failed, slow };
}

/** What a mode begins with; an isolation forces open whatever the mode. */
export function enter(
  mode: Mode,
  isolations: number,
  { epoch }: CircuitState,
  rules: CircuitRules,
): CircuitState {
  const status = isolations > 0 ? 'forced-open' : mode;
  const next = closed(epoch + 1, rules);
  return status === 'automatic' ? next : { ...next, status, mode, isolations, exceeded: null };
}

function closed(epoch: number, rules: CircuitRules) {
  return { status: 'closed', epoch, window: rules.detector.empty } as const;
}

function probing(epoch: number, enteredAt: number, reopenings: number): HalfOpen {
  const none = { probes: [], nextProbe: 0, succeeded: 0, failed: 0, slow: 0 };
  return { status: 'half-open', epoch, enteredAt, reopenings, ...none };
}

function open(
  before: CircuitState,
  at: number,
  reason: OpenReason,
  openForMs: number | undefined,
  rules: CircuitRules,
): CircuitState {
  // Being opened from outside is no failed recovery.
  const hasFailed = before.status === 'half-open' && reason !== 'told to' && reason !== 'peers';
  const reopenings = reopeningsOf(before) + (hasFailed ? 1 : 0);
  const { openFor } = rules;
  const until = at + (openForMs ?? (typeof openFor === 'function' ? openFor(reopenings) : openFor));
  return { status: 'open', epoch: before.epoch + 1, reason, openedAt: at, until, reopenings };
}
