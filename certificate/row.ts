import type { Interval } from '@chimera/proving/sim';

/** One figure: what is known, and what the simulation gives. */
export interface Row {
  /** Where the figure is from. */
  readonly source: string;
  readonly what: string;
  readonly known: number;
  readonly ours: number | Interval;
  /** How far ours may be off. */
  readonly within: Tolerance;
}

export type Tolerance =
  /** As a share of the known figure. With an interval, its halves may be no longer either. */
  | { readonly share: number }
  /** In the figure's own unit: for shares, and for what is known of few runs only. */
  | { readonly by: number }
  /** The known figure is a bound. */
  | { readonly atMost: true }
  | { readonly between: readonly [low: number, high: number] };

export function meanOf({ ours }: Row): number {
  return typeof ours === 'number' ? ours : ours.mean;
}

export function isKept(row: Row): boolean {
  const { known, ours, within } = row;
  const mean = meanOf(row);
  if ('atMost' in within) return mean <= known;
  if ('between' in within) return mean >= within.between[0] && mean <= within.between[1];
  const distance = 'by' in within ? within.by : within.share * Math.abs(known);
  const isCertain = typeof ours === 'number' || ours.high - ours.mean <= distance;
  return Math.abs(mean - known) <= distance && isCertain;
}
