/** The share of requests to refuse so that `multiplier` are sent for each that is accepted (SRE book, chapter 21). */
export function rejectionProbability(
  requests: number,
  accepts: number,
  multiplier: number,
): number {
  return Math.max(0, (requests - multiplier * accepts) / (requests + 1));
}

/** The share of calls admitted `elapsedMs` after a recovery: from `from` to 1 in a straight line. */
export function rampedShare(elapsedMs: number, overMs: number, from: number): number {
  return Math.min(1, from + ((1 - from) * elapsedMs) / overMs);
}
