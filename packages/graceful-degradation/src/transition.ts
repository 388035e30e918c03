import { crossing, isOver, isUnder } from './crossing.ts';
import { type Mode, severity } from './mode.ts';
import type { DegradationSettings } from './options.ts';
import { isKnown, type Signals } from './signals.ts';
import { smooth } from './smooth.ts';
import { allSlots, type DegradationState } from './state.ts';

/** Longest time that one observation accounts for: what happened while nobody looked is unknown. */
const longestStepMs = 15_000;
const hourMs = 3_600_000;

/**
 * What one observation changes. Pure.
 *
 * Worse comes fast: after a hold, or at once in an emergency, and straight to the mode that the
 * signals ask for. Better comes slowly: one level at a time, after clear time under lower lines
 * (hysteresis) and a dwell, and the slots come back one by one. (WeChat's DAGOR is asymmetric in the
 * same way.) Whatever the signals do, no hour sees more than 3600 s / dwell changes of mode.
 */
export function transition(
  state: DegradationState,
  signals: Signals,
  at: number,
  settings: DegradationSettings,
): DegradationState {
  const elapsedMs = at - (state.lastAt ?? at);
  if (!(elapsedMs >= 0)) return state;
  const stepMs = Math.min(elapsedMs, longestStepMs);
  const { smoothed, seenAt, fresh } = smooth(state, signals, at, settings);
  const isComplete = Object.keys(fresh).length === Object.keys(smoothed).length;
  const { enter, leave } = settings;

  const memory = isKnown(signals.memory) ? signals.memory : 0;
  const isEmergency = memory > settings.emergencyMemory;
  const heldOver = (mode: 'degraded' | 'survival') =>
    held(state.overMs[mode], isOver(fresh, enter[mode]), isOver(smoothed, enter[mode]), stepMs);
  const isClear = state.mode !== 'normal' && !isEmergency && isUnder(smoothed, leave[state.mode]);
  const observed: DegradationState = {
    ...state,
    lastAt: at,
    smoothed,
    seenAt,
    overMs: { degraded: heldOver('degraded'), survival: heldOver('survival') },
    clearMs: held(state.clearMs, isClear && isComplete, isClear, stepMs),
  };

  const worse = worseMode(observed, isEmergency, settings);
  if (worse !== undefined) {
    const reason = isEmergency
      ? `memory at ${Math.round(memory * 100)} %, an emergency`
      : crossing(smoothed, enter[worse]);
    return changed(observed, worse, reason, at, settings);
  }
  if (!isComplete) return observed;
  const better = betterMode(observed, at, settings);
  if (better !== undefined) {
    const clearForS = Math.round((observed.clearMs ?? 0) / 100) / 10;
    return changed(observed, better, `clear for ${clearForS} s`, at, settings);
  }
  return withSlots(observed, stepMs, settings);
}

/** Time that a condition has held: it grows while it is seen to hold, and stands still while that is only likely. */
function held(
  before: number | undefined,
  holds: boolean,
  mayHold: boolean,
  stepMs: number,
): number | undefined {
  if (holds) return before === undefined ? 0 : before + stepMs;
  return mayHold ? before : undefined;
}

function worseMode(
  { mode, overMs }: DegradationState,
  isEmergency: boolean,
  { holdMs }: DegradationSettings,
): 'degraded' | 'survival' | undefined {
  const isHeld = (ms: number | undefined) => ms !== undefined && ms >= holdMs;
  if (mode !== 'survival' && (isEmergency || isHeld(overMs.survival))) return 'survival';
  if (mode === 'normal' && isHeld(overMs.degraded)) return 'degraded';
  return undefined;
}

function betterMode(
  state: DegradationState,
  at: number,
  settings: DegradationSettings,
): Mode | undefined {
  const isDue = state.clearMs !== undefined && state.clearMs >= settings.clearMs;
  if (!isDue || at < state.restUntil) return undefined;
  return state.mode === 'survival' ? 'degraded' : 'normal';
}

function changed(
  state: DegradationState,
  mode: Mode,
  reason: string,
  at: number,
  settings: DegradationSettings,
): DegradationState {
  const isWorse = severity[mode] > severity[state.mode];
  const { slotsBack } = state;
  return {
    ...state,
    mode,
    reason,
    enteredAt: at,
    clearMs: undefined,
    restUntil: Math.max(state.restUntil, at) + quietMs(settings.dwellMs),
    slotsBack: isWorse
      ? // What came back in normal came back for degraded too: it falls to its share, not below.
        { normal: 0, degraded: mode === 'survival' ? 0 : slotsBack.degraded + slotsBack.normal }
      : { ...slotsBack, [mode]: 0 },
    towardsSlotMs: 0,
  };
}

/**
 * Quiet that each change of mode costs before a recovery. Worsening never waits, and at most two
 * follow a recovery, so three changes may be unpaid at any time: with c of quiet each, an hour H
 * holds at most 3 + H/c changes, which is H/dwell for this c.
 */
export function quietMs(dwellMs: number): number {
  return (dwellMs * hourMs) / (hourMs - 3 * dwellMs);
}

/** One more slot for every `slotEveryMs` under the lines that led into this mode from a worse one. */
function withSlots(
  state: DegradationState,
  stepMs: number,
  settings: DegradationSettings,
): DegradationState {
  const { mode } = state;
  if (mode === 'survival' || state.slotsBack[mode] >= allSlots) return state;
  const lines = mode === 'normal' ? settings.leave.degraded : settings.leave.survival;
  if (!isUnder(state.smoothed, lines)) return state;
  const saved = state.towardsSlotMs + stepMs;
  const bought = Math.floor(saved / settings.slotEveryMs);
  return {
    ...state,
    slotsBack: { ...state.slotsBack, [mode]: state.slotsBack[mode] + bought },
    towardsSlotMs: saved - bought * settings.slotEveryMs,
  };
}
