import { type Duration, durationOption, integerOption, numberOption } from '@chimera/policy';
import { slotsFor } from '../moving-average.ts';
import { scalingRule, type ScalingRule } from '../rule.ts';

export interface SeasonalOptions {
  /** After how long the load repeats; default 1 day. */
  readonly periodMs?: Duration;
  /** Parts of the period that are told apart; default 288, five minutes of a day. */
  readonly parts?: number;
  /** Share of last period's peak that is provided; default 0.9. */
  readonly share?: number;
  /** How early it is provided; default 1 min. */
  readonly leadMs?: Duration;
}

interface SeasonalMemory {
  /** The part now, and its peak demand so far. */
  readonly part: number;
  readonly peak: number;
  /** Peak demand of each part, the last time it came round; null where it has not yet. */
  readonly peaks: readonly (number | null)[];
}

const owner = 'pool-autoscaler';

/**
 * A floor of what the same time of the last period needed (a seasonal naive forecast), a little
 * early, so that the pool is there before the morning's load is. It only ever raises: a forecast
 * that is wrong costs idle slots, never waiting. Put it beside a rule that looks at the load.
 *
 * @throws RangeError for options out of range.
 */
export function seasonal(options: SeasonalOptions = {}): ScalingRule {
  const periodMs = durationOption(owner, 'periodMs', options.periodMs ?? '1d', 1);
  const parts = integerOption(owner, 'parts', options.parts ?? 288, 1, 10_080);
  const share = numberOption(owner, 'share', options.share ?? 0.9, 0, 1);
  const leadMs = durationOption(owner, 'leadMs', options.leadMs ?? 60_000);
  const partAt = (wallAt: number) => Math.floor(((wallAt % periodMs) / periodMs) * parts);
  return scalingRule<SeasonalMemory>({
    name: 'seasonal',
    pace: { upBy: Infinity, downBy: Infinity, upEveryMs: 0, downEveryMs: 0, reversalMs: 0 },
    advise({ wallAt, demand, min }, memory) {
      const part = partAt(wallAt);
      const next = remember(memory, part, demand, parts);
      const known = Math.max(next.peaks[part] ?? 0, next.peaks[partAt(wallAt + leadMs)] ?? 0);
      const want = Math.max(min, slotsFor(share * known));
      return {
        advice: { want, reason: `last period needed ${known.toFixed(1)} slots at this time` },
        memory: next,
      };
    },
  });
}

function remember(
  memory: SeasonalMemory | undefined,
  part: number,
  demand: number,
  parts: number,
): SeasonalMemory {
  if (memory === undefined) {
    return { part, peak: demand, peaks: Array.from({ length: parts }, () => null) };
  }
  if (memory.part === part) return { ...memory, peak: Math.max(memory.peak, demand) };
  return { part, peak: demand, peaks: memory.peaks.with(memory.part, memory.peak) };
}
