import { describe, expect, test } from 'vitest';
import {
  type CircuitEvent,
  type CircuitRules,
  type CircuitState,
  consecutive,
  initialState,
  transition,
  type Verdict,
  waitMs,
} from '../src/index.ts';

/*
 * Breadth-first search over everything that can happen to a small breaker: calls start, end well or
 * badly or unsaid, in any order, early and late, while time passes in single steps. Instants, epochs
 * and probe numbers matter only relative to each other, so the reachable situations are finite in
 * number: the search ends because there is nothing new, not because it was told to.
 */

const rules: CircuitRules = {
  detector: consecutive(2),
  probes: 3,
  permittedFailureRate: 0,
  probeTimeoutMs: 4,
  maxWait: undefined,
  openFor: 2,
};

type Reducer = typeof transition;

interface Pending {
  readonly epoch: number;
  readonly probe: number;
}

interface Situation {
  readonly state: CircuitState;
  readonly now: number;
  readonly pending: readonly Pending[];
  /** Outcomes of the present epoch, in full. */
  readonly log: readonly Verdict[];
  readonly trace: readonly string[];
}

const mostPending = 6;
const verdicts = ['success', 'failure', 'ignored'] as const;

function settled(now: number, { epoch, probe }: Pending, verdict: Verdict): CircuitEvent {
  return { type: 'settled', at: now, epoch, probe, verdict, durationMs: 1, openForMs: undefined };
}

function successors(from: Situation, reduce: Reducer): Situation[] {
  const { now, pending, trace } = from;
  const to = (state: CircuitState, changes: Partial<Situation>, step: string): Situation => ({
    ...from,
    ...(state.epoch !== from.state.epoch && { log: [] }),
    ...changes,
    state,
    trace: [...trace, step],
  });
  const next = [
    to(reduce(from.state, { type: 'elapsed', at: now + 1 }, rules), { now: now + 1 }, 'wait'),
  ];
  if (pending.length < mostPending && waitMs(from.state, now, rules) === 0) {
    const state = reduce(from.state, { type: 'admitted', at: now }, rules);
    const probe = state.status === 'half-open' ? state.nextProbe - 1 : -1;
    const call = { epoch: state.epoch, probe };
    next.push(to(state, { pending: [...pending, call] }, 'start'));
  }
  pending.forEach((call, index) => {
    for (const verdict of verdicts) {
      const state = reduce(from.state, settled(now, call, verdict), rules);
      const counts = state.epoch === from.state.epoch && call.epoch === state.epoch;
      const log = counts && verdict !== 'ignored' ? { log: [...from.log, verdict] } : {};
      const rest = { pending: pending.toSpliced(index, 1), ...log };
      next.push(to(state, rest, `${verdict} of ${index}`));
    }
  });
  return next;
}

/** Two situations with the same key have the same future. */
function keyOf({ state, now, pending, log }: Situation): string {
  const calls = pending
    .map(({ epoch, probe }) => {
      if (epoch !== state.epoch) return 'late';
      return state.status === 'half-open'
        ? `probe ${state.probes.findIndex(({ id }) => id === probe)}`
        : 'in time';
    })
    .sort();
  const own = {
    closed: () => (state.status === 'closed' ? [state.window] : []),
    open: () => (state.status === 'open' ? [Math.max(0, state.until - now)] : []),
    'half-open': () =>
      state.status === 'half-open'
        ? [state.ended, state.failed, ...state.probes.map(({ expiresAt }) => expiresAt - now)]
        : [],
    'forced-open': () => [],
    disabled: () => [],
    'metrics-only': () => [],
  }[state.status]();
  const tail = state.status === 'closed' ? log.slice(-2) : [];
  return JSON.stringify([state.status, own, calls, tail]);
}

const edges = new Set(['closed>open', 'open>half-open', 'half-open>closed', 'half-open>open']);

/** What is wrong with a step; undefined when every invariant holds. */
function violation(from: Situation, to: Situation, reduce: Reducer): string | undefined {
  const step = to.trace.at(-1) ?? '';
  const edge = `${from.state.status}>${to.state.status}`;
  if (from.state.status !== to.state.status && !edges.has(edge)) return `1: ${edge}`;
  if (to.state.status !== from.state.status && to.state.epoch <= from.state.epoch) {
    return '1: a change of status without a new epoch';
  }
  if (step === 'start' && from.state.status === 'open' && from.now < from.state.until) {
    return '2: a call went through before its time';
  }
  if (to.state.status === 'half-open') {
    const { probes, ended } = to.state;
    const flying = to.pending.filter(({ epoch }) => epoch === to.state.epoch).length;
    if (flying + ended > rules.probes) return '3: too many probes';
    if (flying !== probes.length) return '8: a place is lost, or taken twice';
  }
  for (const call of from.pending.filter(({ epoch }) => epoch !== from.state.epoch)) {
    for (const verdict of verdicts) {
      const after = reduce(from.state, settled(from.now, call, verdict), rules);
      if (after !== from.state) return '4: a late result changed the state';
    }
  }
  if (from.state.status === 'closed' && step.endsWith('0')) {
    const verdict = step.split(' ')[0];
    const isInTime = from.pending[0]?.epoch === from.state.epoch;
    const shouldTrip = isInTime && verdict === 'failure' && from.log.at(-1) === 'failure';
    if (shouldTrip !== (to.state.status === 'open')) return '5: trips otherwise than the log says';
  }
  if (from.state.status === 'closed' && waitMs(from.state, from.now, rules) !== 0) {
    return '7: closed and refusing';
  }
  return recovers(to, reduce) ? undefined : '6: healthy traffic does not close it';
}

/** With nothing but successes from here on it closes, at the latest after what is in flight has expired. */
function recovers(situation: Situation, reduce: Reducer): boolean {
  let { state } = situation;
  const end = situation.now + rules.probeTimeoutMs + 2 + rules.probes;
  for (let now = situation.now; now <= end && state.status !== 'closed'; now += 1) {
    state = reduce(state, { type: 'elapsed', at: now }, rules);
    for (let i = 0; i < rules.probes && state.status !== 'closed'; i += 1) {
      if (waitMs(state, now, rules) > 0) break;
      state = reduce(state, { type: 'admitted', at: now }, rules);
      if (state.status !== 'half-open') return false;
      const probe = { epoch: state.epoch, probe: state.nextProbe - 1 };
      state = reduce(state, settled(now, probe, 'success'), rules);
    }
  }
  return state.status === 'closed';
}

function explore(reduce: Reducer) {
  const start: Situation = {
    state: initialState(rules),
    now: 0,
    pending: [],
    log: [],
    trace: [],
  };
  const seen = new Set([keyOf(start)]);
  const taken = new Set<string>();
  let depth = 0;
  for (let frontier = [start]; frontier.length > 0; depth += 1) {
    const next: Situation[] = [];
    for (const from of frontier) {
      for (const to of successors(from, reduce)) {
        const wrong = violation(from, to, reduce);
        if (wrong !== undefined)
          return { wrong, trace: to.trace, situations: seen.size, depth, taken };
        taken.add(`${from.state.status}>${to.state.status}`);
        const key = keyOf(to);
        if (!seen.has(key)) {
          seen.add(key);
          next.push(to);
        }
      }
    }
    frontier = next;
  }
  return { wrong: undefined, trace: [], situations: seen.size, depth, taken };
}

describe('all interleavings of up to 6 calls, their outcomes and time', () => {
  test('keep every invariant, in every situation that can be reached', () => {
    const { wrong, trace, situations, depth, taken } = explore(transition);
    expect({ wrong, trace }).toEqual({ wrong: undefined, trace: [] });
    expect(depth).toBeGreaterThan(6);
    expect(situations).toBeGreaterThan(400);
    for (const edge of edges) expect(taken).toContain(edge);
  });

  /** Breakers with a known mistake: the search has to find each. */
  const mistakes: [string, string, Reducer][] = [
    [
      'results are not tied to a generation',
      '4',
      (state, event, rules) =>
        transition(
          state,
          event.type !== 'settled'
            ? event
            : {
                ...event,
                epoch: state.epoch,
                probe: state.status === 'half-open' ? state.nextProbe - 1 : -1,
              },
          rules,
        ),
    ],
    [
      'an ignored probe keeps its place',
      '8',
      (state, event, rules) =>
        event.type === 'settled' && event.verdict === 'ignored'
          ? transition(state, { type: 'elapsed', at: event.at }, rules)
          : transition(state, event, rules),
    ],
    [
      'a hung probe never expires',
      '6',
      (state, event, rules) => transition(state, event, { ...rules, probeTimeoutMs: 1_000 }),
    ],
    [
      'an ignored call counts as a success',
      '5',
      (state, event, rules) =>
        transition(
          state,
          event.type === 'settled' && event.verdict === 'ignored'
            ? { ...event, verdict: 'success' }
            : event,
          rules,
        ),
    ],
    [
      'four probes where three may go',
      '3',
      (state, event, rules) => transition(state, event, { ...rules, probes: 4 }),
    ],
    [
      'open for longer than it says',
      '6',
      (state, event, rules) => transition(state, event, { ...rules, openFor: 1_000 }),
    ],
  ];

  test.each(mistakes)('find the mistake that %s (invariant %s)', (_mistake, invariant, reduce) => {
    expect(explore(reduce).wrong?.split(':')[0]).toBe(invariant);
  });
});
