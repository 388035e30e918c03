import { type Random, refuseOption } from '@chimera/policy';

/**
 * How a delay is spread: a number is a share of it, up or down (`0.2` is ±20 %); `'equal'` keeps
 * one half and draws the other; `'full'` draws from 0 to the delay; `'none'` keeps it.
 * Full and equal as in "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
 */
export type Jitter = number | 'none' | 'equal' | 'full';

/** Each jitter is "keep this share, and draw up to that share on top of it". */
export function spread(delayMs: number, jitter: Jitter, random: Random): number {
  if (jitter === 'none' || jitter === 0) return delayMs;
  if (jitter === 'full') return delayMs * random();
  if (jitter === 'equal') return delayMs * (0.5 + 0.5 * random());
  return delayMs * (1 - jitter + 2 * jitter * random());
}

export function jitterOption(jitter: Jitter): Jitter {
  const known =
    typeof jitter === 'number'
      ? jitter >= 0 && jitter <= 1
      : jitter === 'none' || jitter === 'equal' || jitter === 'full';
  if (!known) {
    refuseOption('retry-policy', 'jitter', "from 0 to 1, 'none', 'equal' or 'full'", jitter);
  }
  return jitter;
}
