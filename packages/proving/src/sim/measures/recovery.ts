import { numberOption } from '@chimera/policy';
import { positiveOption } from '../engine/finite-option.ts';
import type { Simulation } from '../simulate.ts';

export interface RecoveryOptions {
  /** From when on it may recover, in ms: the end of the triggers, as a rule. */
  readonly afterMs: number;
  /** The share of the calls that came that has to end well. Default 0.9. */
  readonly share?: number;
  /** Over so long. Default 5 000. */
  readonly windowMs?: number;
}

/**
 * How many ms it took until goodput kept up with the calls that came again; undefined when it did
 * not until the end. Counted to the end of the first window in which it did.
 *
 * @throws RangeError for a wrong option.
 */
export function recoveryMs(
  { endedAt, records }: Simulation,
  { afterMs, share = 0.9, windowMs = 5_000 }: RecoveryOptions,
): number | undefined {
  numberOption('recoveryMs', 'afterMs', afterMs, 0);
  numberOption('recoveryMs', 'share', share, 0);
  positiveOption('recoveryMs', 'windowMs', windowMs);
  const { spanMs } = records.good;
  for (let from = afterMs; from + windowMs <= endedAt; from += spanMs) {
    const came = records.begun.between(from, from + windowMs);
    if (records.good.between(from, from + windowMs) >= share * came) {
      return from + windowMs - afterMs;
    }
  }
  return undefined;
}
