import { pressure } from './crossing.ts';
import type { Mode } from './mode.ts';
import type { DegradationSettings } from './options.ts';
import type { DegradationState } from './state.ts';
import { quietMs } from './transition.ts';

export interface DegradationLimits {
  /** Most slots to use. */
  readonly poolCap: number;
  /** Least priority to admit; 0 in `normal`. */
  readonly priorityFloor: number;
  /** How much optional work to do: 1 all of it, 0 none (Brownout's dimmer). */
  readonly dimmer: number;
  /** Whether a second copy of a slow call is affordable. */
  readonly hedging: boolean;
}

/** What the state allows. The cap is reckoned from the baseline, so it does not shrink tick by tick. */
export function limitsOf(
  state: DegradationState,
  baselinePoolSize: number,
  settings: DegradationSettings,
): DegradationLimits {
  return {
    poolCap: poolCap(state, baselinePoolSize, settings),
    priorityFloor: priorityFloor(state.mode, settings),
    dimmer: dimmer(state, settings),
    hedging: state.mode === 'normal',
  };
}

function poolCap(
  { mode, slotsBack }: DegradationState,
  baseline: number,
  { survivalPool, degradedShare }: DegradationSettings,
): number {
  const survival = Math.min(survivalPool, baseline);
  if (mode === 'survival') return survival;
  const share = Math.max(survival, Math.floor(baseline * degradedShare));
  const degraded = Math.min(share, survival + slotsBack.degraded);
  return mode === 'degraded' ? degraded : Math.min(baseline, degraded + slotsBack.normal);
}

export function priorityFloor(mode: Mode, settings: DegradationSettings): number {
  switch (mode) {
    case 'normal':
      return 0;
    case 'degraded':
      return settings.degradedPriority;
    case 'survival':
      return settings.survivalPriority;
  }
}

function dimmer({ mode, smoothed }: DegradationState, settings: DegradationSettings): number {
  if (mode === 'normal') return 1;
  if (mode === 'survival') return 0;
  return 1 - pressure(smoothed, settings.leave.degraded, settings.enter.survival);
}

/** The earliest that the floor can come down to this priority, in ms from `at`, if all stays clear. */
export function admissibleInMs(
  state: DegradationState,
  priority: number,
  at: number,
  settings: DegradationSettings,
): number {
  const firstMs = Math.max(0, state.restUntil - at, settings.clearMs - (state.clearMs ?? 0));
  const needsTwo = state.mode === 'survival' && priority < settings.degradedPriority;
  const moreMs = needsTwo ? Math.max(quietMs(settings.dwellMs), settings.clearMs) : 0;
  return Math.ceil(firstMs + moreMs);
}
