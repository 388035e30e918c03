import type { RetryRules } from '../check/rules.ts';

/**
 * The bounds of the delay before a retry, by the closed forms of "Exponential Backoff And Jitter"
 * (AWS Architecture Blog, 2015): v = min(cap, base·factorⁿ), capped before it is spread.
 * @param retry counts from 1.
 * @param previousMs the delay before, for decorrelated jitter.
 */
export function delayBounds(
  { baseMs, capMs, factor, jitter }: RetryRules,
  retry: number,
  previousMs: number,
): readonly [least: number, most: number] {
  if (jitter === 'decorrelated') {
    return [Math.min(baseMs, capMs), Math.min(capMs, Math.max(baseMs, 3 * previousMs))];
  }
  const delay = Math.min(capMs, baseMs * factor ** (retry - 1));
  if (jitter === 'none') return [delay, delay];
  if (jitter === 'full') return [0, delay];
  if (jitter === 'equal') return [delay / 2, delay];
  return [delay * (1 - jitter), delay * (1 + jitter)];
}
