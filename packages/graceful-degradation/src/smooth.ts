import { isKnown, signalNames, type Signals } from './signals.ts';

type Writable = { -readonly [Name in keyof Signals]: number };

export interface SmoothedSignals {
  readonly smoothed: Signals;
  readonly seenAt: Signals;
  /** The averages of the signals that are known now; the others are silent, but not yet forgotten. */
  readonly fresh: Signals;
}

/**
 * Exponential moving averages over uneven intervals. The first value of a signal stands for itself;
 * a signal that has been silent for `forgetMs` is dropped.
 */
export function smooth(
  previous: { readonly smoothed: Signals; readonly seenAt: Signals },
  signals: Signals,
  at: number,
  settings: { readonly smoothingMs: number; readonly forgetMs: number },
): SmoothedSignals {
  const smoothed: Writable = {};
  const seenAt: Writable = {};
  const fresh: Writable = {};
  for (const name of signalNames) {
    const value = signals[name];
    const average = previous.smoothed[name];
    const seen = previous.seenAt[name];
    if (isKnown(value)) {
      const elapsed = at - (seen ?? at);
      const share =
        average === undefined || settings.smoothingMs === 0
          ? 1
          : 1 - Math.exp(-elapsed / settings.smoothingMs);
      smoothed[name] = (average ?? 0) + share * (value - (average ?? 0));
      fresh[name] = smoothed[name];
      seenAt[name] = at;
    } else if (average !== undefined && seen !== undefined && at - seen < settings.forgetMs) {
      smoothed[name] = average;
      seenAt[name] = seen;
    }
  }
  return { smoothed, seenAt, fresh };
}
