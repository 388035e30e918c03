import { isKnown, type SignalName, type Signals } from '../signals.ts';

/** Something that can be measured now. */
export interface SignalSource {
  readonly name: SignalName;
  /** The value now, or undefined when it cannot be known here. Does not throw. */
  read(): number | undefined;
}

/** One reading of all; where several sources have one name, the largest value counts. */
export function readSignals(sources: readonly SignalSource[]): Signals {
  const signals: { -readonly [Name in SignalName]?: number } = {};
  for (const source of sources) {
    const value = source.read();
    // A source that cannot tell must not speak for one that can.
    if (isKnown(value)) signals[source.name] = Math.max(value, signals[source.name] ?? 0);
  }
  return signals;
}
