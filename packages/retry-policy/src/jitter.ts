import { refuseOption } from '@chimera/policy';

/**
 * How a delay is spread: a number is a share of it, up or down (`0.2` is ±20 %); `'equal'` keeps
 * one half and draws the other; `'full'` draws from 0 to the delay; `'none'` keeps it.
 * Full and equal as in "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
 */
export type Jitter = number | 'none' | 'equal' | 'full';

/** Each jitter is: keep this share of the delay, and draw up to that share on top of it. */
export type Spread = readonly [keep: number, draw: number];

/** @throws RangeError for what is no jitter. */
export function spreadOf(jitter: Jitter): Spread {
  if (jitter === 'none') return [1, 0];
  if (jitter === 'equal') return [0.5, 0.5];
  if (jitter === 'full') return [0, 1];
  if (!(jitter >= 0 && jitter <= 1)) {
    refuseOption('retry-policy', 'jitter', "from 0 to 1, 'none', 'equal' or 'full'", jitter);
  }
  return [1 - jitter, 2 * jitter];
}
