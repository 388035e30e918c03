import { type Clock, refuseOption, systemClock } from '@chimera/policy';
import type { Labels } from './instruments.ts';
import { complaintOf } from './complaint.ts';
import { checkLabelNames } from './metric-rules.ts';
import { underscore } from './registry-instruments.ts';
import type { Telemetry } from './telemetry.ts';

export interface WrapperOptions {
  /** On every measurement of this wrapper. */
  readonly labels?: Labels;
  /** Where they go. Default: what `installTelemetry` was given last. */
  readonly telemetry?: Telemetry;
  /** Durations are its monotonic time. Default: the system's. */
  readonly clock?: Clock;
}

/** What a wrapper measures, and the names of it. */
export interface Recipe {
  readonly labels: Labels;
  readonly telemetry: Telemetry | undefined;
  readonly clock: Clock;
  /** Called with what went wrong in measuring; says it once. */
  readonly complain: (error: unknown) => void;
  /** Iterators and iterables that this wrapper measures. */
  readonly iterated: WeakSet<object>;
  readonly duration?: string;
  readonly calls?: { readonly name: string; readonly increment: number };
  readonly errors?: string;
  readonly span?: string;
  readonly cache?: {
    readonly hits: string;
    readonly misses: string;
    readonly isHit: (result: unknown) => boolean;
  };
  readonly memory?: {
    readonly name: string;
    readonly read: () => number;
    readonly sampleEveryMs: number;
  };
}

/** OpenTelemetry's syntax of instrument names; with room for what the wrappers append. */
const form = /^[A-Za-z][A-Za-z0-9_./-]{0,199}$/;

/** What every wrapper's recipe has. Refuses names and labels that no reader takes. */
export function recipeFor(
  wrapper: string,
  names: Readonly<Record<string, string>>,
  options: WrapperOptions,
): Pick<Recipe, 'labels' | 'telemetry' | 'clock' | 'complain' | 'iterated'> {
  for (const [argument, name] of Object.entries(names)) {
    if (typeof name !== 'string' || !form.test(name)) {
      refuseOption(
        wrapper,
        argument,
        'letters, digits, _ . / and -, beginning with a letter',
        name,
      );
    }
  }
  const { labels = {}, telemetry, clock = systemClock } = options;
  checkLabelNames(wrapper, Object.keys(labels).map(underscore));
  const complain = complaintOf(`${wrapper} ${Object.values(names).join(' ')}`);
  return { labels: { ...labels }, telemetry, clock, complain, iterated: new WeakSet() };
}
