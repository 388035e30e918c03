import type { Mode } from './mode.ts';
import type { Signals } from './signals.ts';

/** Where degradation stands; plain JSON. Instants are monotonic ms. */
export interface DegradationState {
  readonly mode: Mode;
  /** Why the mode is what it is, in words and numbers. */
  readonly reason: string;
  /** When the mode was entered. */
  readonly enteredAt: number;
  readonly lastAt: number | undefined;
  /** The signals, smoothed; raw where they were seen for the first time. */
  readonly smoothed: Signals;
  /** When each signal was last known. */
  readonly seenAt: Signals;
  /** For how many observed ms a line into each mode has been crossed; undefined while none is. */
  readonly overMs: {
    readonly degraded: number | undefined;
    readonly survival: number | undefined;
  };
  /** For how many observed ms all has been under the lines out of this mode; undefined while it is not. */
  readonly clearMs: number | undefined;
  /** Every change of mode costs quiet time; the mode does not recover before this instant. */
  readonly restUntil: number;
  /** Slots given back since the recovery into each mode; see {@link allSlots}. */
  readonly slotsBack: { readonly normal: number; readonly degraded: number };
  /** Clear time that has not yet bought a slot, in ms. */
  readonly towardsSlotMs: number;
}

/** More slots than any pool has: nothing is held back. */
export const allSlots: number = 1_000_000_000;

export const initialState: DegradationState = {
  mode: 'normal',
  reason: 'nothing observed yet',
  enteredAt: 0,
  lastAt: undefined,
  smoothed: {},
  seenAt: {},
  overMs: { degraded: undefined, survival: undefined },
  clearMs: undefined,
  restUntil: 0,
  slotsBack: { normal: allSlots, degraded: allSlots },
  towardsSlotMs: 0,
};

/** The same decisions, with nothing observed that led to them or could lead to the next. */
export function unseen(state: DegradationState): DegradationState {
  const { lastAt, smoothed, seenAt, overMs, clearMs } = initialState;
  return { ...state, lastAt, smoothed, seenAt, overMs, clearMs };
}
