import type { Instruments } from './instruments.ts';
import type { Tracing } from './tracing.ts';

/** Where measurements go. What is absent costs nothing. */
export interface Telemetry {
  readonly instruments?: Instruments;
  readonly tracing?: Tracing;
}

interface Holder {
  current: Telemetry | undefined;
}

const key: unique symbol = /* @__PURE__ */ Symbol.for('chimera.telemetry');
const world = globalThis as { [key]?: Holder };

/** One for the process, also when several copies of this package are loaded. */
export const installed: Holder = (world[key] ??= { current: undefined });

/**
 * Sets where every wrapper sends its measurements that was not told otherwise, and those already
 * made too; undefined switches them off. Libraries wrap, the application installs.
 */
export function installTelemetry(telemetry: Telemetry | undefined): void {
  installed.current = telemetry;
}
