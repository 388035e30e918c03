import { VirtualClock } from '@chimera/policy';
import { MetricsRegistry, registryInstruments, type Telemetry } from '@chimera/telemetry';
import { valuesOf } from './scrape.ts';

export interface World {
  readonly clock: VirtualClock;
  readonly registry: MetricsRegistry;
  readonly telemetry: Telemetry;
  readonly values: () => Promise<Record<string, number>>;
}

/** A registry, what it holds besides empty buckets and zeros, and a clock. */
export function world(): World {
  const registry = new MetricsRegistry();
  const clock = new VirtualClock();
  const telemetry: Telemetry = { instruments: registryInstruments(registry) };
  const values = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      Object.entries(await valuesOf(registry)).filter(
        ([name, value]) => value !== 0 && !name.includes('_bucket'),
      ),
    );
  return { registry, clock, telemetry, values };
}

/** What the call throws; fails when it throws nothing. */
export function attempt(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('it threw nothing');
}
