/**
 * The largest value of the last `spanMs`, in bounded space: a falling staircase of [instant, value]
 * at a resolution of a 64th of the span. Errs on the high side, by one step of that resolution.
 */
export interface PeakWindow {
  /** When the observation without a gap began. */
  readonly since: number;
  readonly steps: readonly (readonly [at: number, value: number])[];
}

const resolution = 64;

/** Adds a value. A gap of more than half the span forgets everything: what happened in it is unknown. */
export function observePeak(
  window: PeakWindow | undefined,
  at: number,
  value: number,
  spanMs: number,
): PeakWindow {
  const last = window?.steps.at(-1);
  if (window === undefined || last === undefined || at - last[0] > gapLimit(spanMs)) {
    return { since: at, steps: [[at, value]] };
  }
  const steps = window.steps;
  let end = steps.length;
  while (end > 0 && (steps[end - 1]?.[1] ?? Infinity) <= value) end -= 1;
  let start = 0;
  while (start < end && at - (steps[start]?.[0] ?? at) > spanMs) start += 1;
  const kept = steps.slice(start, end);
  const previous = kept.at(-1);
  const grain = spanMs / resolution;
  if (previous !== undefined && Math.floor(previous[0] / grain) === Math.floor(at / grain)) {
    // Same grain: the higher value stands for both, as young as the younger.
    kept[kept.length - 1] = [at, previous[1]];
  } else {
    kept.push([at, value]);
  }
  return { since: window.since, steps: kept };
}

export function peakOf(window: PeakWindow): number {
  return window.steps[0]?.[1] ?? 0;
}

/** True once the window has been watched for its whole span: before that, the peak may be unseen. */
export function isWatched(window: PeakWindow, at: number, spanMs: number): boolean {
  return at - window.since >= spanMs;
}

function gapLimit(spanMs: number): number {
  return Math.max(spanMs / 2, 10_000);
}
