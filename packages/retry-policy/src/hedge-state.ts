/** How far a hedged call has got. */
export interface HedgeState {
  /** Attempts begun so far. */
  readonly started: number;
  /** Those of them that have not settled. */
  readonly running: number;
}

export type HedgeStep = 'start' | 'wait' | 'give-up';

/**
 * What follows when the delay has passed, or when an attempt has failed (and is not running any
 * more). A failure starts the next attempt at once: there is nothing left to wait for.
 */
export function nextStep(state: HedgeState, maxAttempts: number): HedgeStep {
  if (state.started < maxAttempts) return 'start';
  return state.running > 0 ? 'wait' : 'give-up';
}
