import {
  degradationSettings,
  type GracefulDegradationOptions,
  type Thresholds,
} from '@chimera/graceful-degradation';
import { z } from 'zod';
import { defined } from '../defined.ts';
import { count, duration, durationFrom, ratio, section } from './fields.ts';
import { checkOptions, type Refuse } from './package-options.ts';

/** A share of what there is; `off`: the signal does not count. */
const line = z
  .union([ratio, z.literal('off')], { error: 'must be a share from 0 to 1, or off' })
  .optional();
const lines = section({
  memory: line,
  cpu: line,
  eventLoopDelay: duration.optional(),
  eventLoopUtilization: line,
  memoryPressure: line,
  cpuPressure: line,
}).prefault({});

/** Names and defaults are those of `@chimera/graceful-degradation`. */
export const degradationSection = section({
  enabled: z.boolean().default(true),
  interval: durationFrom(100, '100ms').prefault('1s'),
  /**
   * Memory of the daemon and of all it has started is measured against this, on Linux. Default: all
   * memory in use, against the limit of the control group and of the machine.
   */
  memoryLimitBytes: count.min(1).optional(),
  degradedOver: lines,
  normalUnder: lines,
  survivalOver: lines,
  degradedUnder: lines,
  emergencyMemory: ratio.optional(),
  hold: duration.optional(),
  clear: duration.optional(),
  dwell: duration.optional(),
  slotEvery: duration.optional(),
  smoothing: duration.optional(),
});

type DegradationConfig = z.output<typeof degradationSection>;
type Lines = z.output<typeof lines>;

/** Options, and the settings that give them where they are called otherwise. */
const settings = {
  holdMs: 'hold',
  clearMs: 'clear',
  dwellMs: 'dwell',
  slotEveryMs: 'slotEvery',
  smoothingMs: 'smoothing',
  eventLoopDelayMs: 'eventLoopDelay',
} as const;

export function degradationOptions(config: DegradationConfig): GracefulDegradationOptions {
  return {
    degradedOver: thresholds(config.degradedOver),
    normalUnder: thresholds(config.normalUnder),
    survivalOver: thresholds(config.survivalOver),
    degradedUnder: thresholds(config.degradedUnder),
    ...defined({
      emergencyMemory: config.emergencyMemory,
      holdMs: config.hold,
      clearMs: config.clear,
      dwellMs: config.dwell,
      slotEveryMs: config.slotEvery,
      smoothingMs: config.smoothing,
    }),
  };
}

export function checkDegradation(config: DegradationConfig, refuse: Refuse): void {
  const build = () => degradationSettings(degradationOptions(config));
  checkOptions(build, 'degradation', settings, refuse);
}

/** An absent line leaves the default, an undefined one takes it away. */
function thresholds({ eventLoopDelay, ...shares }: Lines): Thresholds {
  const given = { ...shares, eventLoopDelayMs: eventLoopDelay };
  return Object.fromEntries(
    Object.entries(defined(given)).map(([name, at]) => [name, at === 'off' ? undefined : at]),
  );
}
