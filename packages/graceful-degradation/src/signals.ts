/** What is watched. Shares are 0…1; delays are ms. */
export type SignalName =
  /** Memory in use, as a share of the limit. */
  | 'memory'
  /** CPU in use, as a share of the quota. */
  | 'cpu'
  /** How late the event loop runs its timers. */
  | 'eventLoopDelayMs'
  /** How much of the time the event loop was busy; near 1 it has no room left, though it may not be late yet. */
  | 'eventLoopUtilization'
  /** How long work waits before it starts: the most direct sign of overload (WeChat's DAGOR watches only this). */
  | 'queueDelayMs'
  /** Share of time in which some task waited for memory, and for CPU (Linux PSI). */
  | 'memoryPressure'
  | 'cpuPressure';

/** One reading. A value that is missing, NaN, infinite or negative is unknown. */
export type Signals = { readonly [Name in SignalName]?: number | undefined };

/** A line per signal; a signal without a line does not count. */
export type Thresholds = { readonly [Name in SignalName]?: number | undefined };

export const signalNames: readonly SignalName[] = [
  'memory',
  'cpu',
  'eventLoopDelayMs',
  'eventLoopUtilization',
  'queueDelayMs',
  'memoryPressure',
  'cpuPressure',
];

export function isKnown(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0;
}

/** The value with its unit, for a person. */
export function shownSignal(name: SignalName, value: number): string {
  return name === 'eventLoopDelayMs' || name === 'queueDelayMs'
    ? `${Math.round(value)} ms`
    : `${Math.round(value * 100)} %`;
}
