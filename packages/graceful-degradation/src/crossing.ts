import { shownSignal, signalNames, type Signals, type Thresholds } from './signals.ts';

export function isOver(signals: Signals, lines: Thresholds): boolean {
  return signalNames.some((name) => (signals[name] ?? -Infinity) > (lines[name] ?? Infinity));
}

/** Which signals are over their lines, in words. */
export function crossing(signals: Signals, lines: Thresholds): string {
  const over: string[] = [];
  for (const name of signalNames) {
    const value = signals[name];
    const line = lines[name];
    if (value !== undefined && line !== undefined && value > line) {
      over.push(`${name} at ${shownSignal(name, value)}, over ${shownSignal(name, line)}`);
    }
  }
  return over.join('; ');
}

/** True when every known signal is under its line. */
export function isUnder(signals: Signals, lines: Thresholds): boolean {
  return signalNames.every((name) => (signals[name] ?? -Infinity) < (lines[name] ?? Infinity));
}

/**
 * How far the worst signal is from the line at which relief ends (0) towards the line at which
 * nothing optional is left (1): Envoy's scaled triggers, (p - a) / (b - a).
 */
export function pressure(signals: Signals, from: Thresholds, to: Thresholds): number {
  let worst = 0;
  for (const name of signalNames) {
    const value = signals[name];
    const low = from[name];
    if (value === undefined || low === undefined) continue;
    const high = to[name] ?? Math.max(1, low * 2);
    worst = Math.max(worst, (value - low) / (high - low));
  }
  return Math.min(1, worst);
}
