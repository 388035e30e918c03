import type { Trend } from '@chimera/client';
import { meanOf } from './statistics.ts';

export interface TrendRule {
  /** Fewer values than this say nothing. */
  readonly atLeast: number;
  /** The newer half's mean differs from the older half's by more than this share of it. */
  readonly share: number;
  /** Changes of less than this are none, whatever their share. Default 0. */
  readonly least?: number;
}

/** Where values are going, oldest first; `unknown` while there are too few. */
export function trendOf(
  values: readonly number[],
  { atLeast, least = 0, share }: TrendRule,
): Trend {
  if (values.length < Math.max(2, atLeast)) return 'unknown';
  const middle = Math.floor(values.length / 2);
  const before = meanOf(values.slice(0, middle)) ?? 0;
  const after = meanOf(values.slice(middle)) ?? 0;
  const change = after - before;
  if (Math.abs(change) <= Math.max(least, share * Math.abs(before))) return 'steady';
  return change > 0 ? 'rising' : 'falling';
}
