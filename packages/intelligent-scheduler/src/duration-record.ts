/** What is remembered of how long one kind of task took. Plain JSON. */
export interface DurationRecord {
  /** Exponentially weighted mean, in ms. */
  readonly ewmaMs: number;
  /** The latest durations in ms, oldest first. */
  readonly recentMs: readonly number[];
}

/** The record after one more duration; `smoothing` (0..1] is the weight of the newest. */
export function observed(
  record: DurationRecord | undefined,
  durationMs: number,
  rule: { readonly smoothing: number; readonly window: number },
): DurationRecord {
  if (record === undefined) return { ewmaMs: durationMs, recentMs: [durationMs] };
  return {
    ewmaMs: record.ewmaMs + rule.smoothing * (durationMs - record.ewmaMs),
    recentMs: [...record.recentMs, durationMs].slice(-rule.window),
  };
}

/** The least of the latest durations that 90 % of them do not exceed (nearest rank). */
export function p90(record: DurationRecord): number {
  const sorted = [...record.recentMs].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.9) - 1] ?? 0;
}
