import { numberOption, type Random } from '@chimera/policy';

/** How a delay is spread: what it is multiplied with. */
export type Jitter = (random: Random) => number;

/** From 0 to the delay. */
export const fullJitter: Jitter = (random) => random();

/** One half is kept, and up to the other is drawn. Both as in "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015). */
export const equalJitter: Jitter = (random) => (1 + random()) / 2;

/** Up or down by a share of the delay: 0.2 is ±20 %; 0 draws no number. */
export function plusMinus(share: number): Jitter {
  return (random) => (share === 0 ? 1 : 1 - share + 2 * share * random());
}

/** The same for an option, which is checked. */
export function spread(share: number): Jitter {
  return plusMinus(numberOption('retry-policy', 'jitter', share, 0, 1));
}
