import type { PeakWindow } from './peak-window.ts';
import type { RuleMemory } from './rule.ts';

/**
 * What the autoscaler knows from earlier ticks; plain JSON. Instants are monotonic ms of one clock:
 * with another, of a new process, begin with {@link initialState}, or all is held until it gets there.
 */
export interface ScalingState {
  readonly lastAt: number | undefined;
  readonly lastSize: number | undefined;
  readonly lastUpAt: number | undefined;
  readonly lastDownAt: number | undefined;
  /** One per rule, in the rules' order. */
  readonly memories: readonly RuleMemory[];
  /** Sizes asked for lately; kept only when a resize costs something. */
  readonly wanted: PeakWindow | undefined;
}

export const initialState: ScalingState = {
  lastAt: undefined,
  lastSize: undefined,
  lastUpAt: undefined,
  lastDownAt: undefined,
  memories: [],
  wanted: undefined,
};
