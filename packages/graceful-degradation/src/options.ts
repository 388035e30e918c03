import {
  type Duration,
  durationOption,
  integerOption,
  numberOption,
  refuseOption,
} from '@chimera/policy';
import { signalNames, type Thresholds } from './signals.ts';

export interface GracefulDegradationOptions {
  /** Lines into `degraded`; default memory 0.8, cpu 0.85. */
  readonly degradedOver?: Thresholds;
  /** Lines into `survival`; default memory 0.9. */
  readonly survivalOver?: Thresholds;
  /** Lines under which `degraded` is left; default memory 0.7, cpu 0.7, others 80 % of the line in. */
  readonly normalUnder?: Thresholds;
  /** Lines under which `survival` is left; default memory 0.8, others 80 % of the line in. */
  readonly degradedUnder?: Thresholds;
  /** Memory share that means `survival` at once, unsmoothed; default 0.95. */
  readonly emergencyMemory?: number;
  /** How long a line must stay crossed before the mode worsens; default 10 s. */
  readonly holdMs?: Duration;
  /** How long all must be clear before the mode recovers by one level; default 60 s. */
  readonly clearMs?: Duration;
  /** Least time in a mode before it recovers; at most 15 min; default 60 s. */
  readonly dwellMs?: Duration;
  /** After a recovery, one slot comes back every so often; default 60 s. */
  readonly slotEveryMs?: Duration;
  /** Time constant of the signals' moving average; default 5 s. */
  readonly smoothingMs?: Duration;
  /** A signal unknown for so long no longer counts; default 5 min. */
  readonly forgetMs?: Duration;
  /** Most slots in `survival`; default 2. */
  readonly survivalPool?: number;
  /** Share of the baseline's slots in `degraded`; default 0.5. */
  readonly degradedShare?: number;
  /** Least priority admitted in `degraded`; default 5. */
  readonly degradedPriority?: number;
  /** Least priority admitted in `survival`; default 8. */
  readonly survivalPriority?: number;
  /** What a retry's priority is lowered by; default 1. */
  readonly retryPenalty?: number;
}

/** The options with every default filled in and every duration in ms. */
export interface DegradationSettings {
  readonly enter: { readonly degraded: Thresholds; readonly survival: Thresholds };
  readonly leave: { readonly degraded: Thresholds; readonly survival: Thresholds };
  readonly emergencyMemory: number;
  readonly holdMs: number;
  readonly clearMs: number;
  readonly dwellMs: number;
  readonly slotEveryMs: number;
  readonly smoothingMs: number;
  readonly forgetMs: number;
  readonly survivalPool: number;
  readonly degradedShare: number;
  readonly degradedPriority: number;
  readonly survivalPriority: number;
  readonly retryPenalty: number;
}

const owner = 'graceful-degradation';
const longestDwellMs = 900_000;

/** @throws RangeError for the first option that is wrong, and for a line out that is not under its line in. */
export function degradationSettings(options: GracefulDegradationOptions = {}): DegradationSettings {
  const duration = (name: keyof GracefulDegradationOptions, value: Duration, least = 0) =>
    durationOption(owner, name, value, least);
  const enter = {
    degraded: lines('degradedOver', { memory: 0.8, cpu: 0.85, ...options.degradedOver }),
    survival: lines('survivalOver', { memory: 0.9, ...options.survivalOver }),
  };
  const leave = {
    degraded: linesOut('normalUnder', enter.degraded, {
      ...under(enter.degraded, { memory: 0.7, cpu: 0.7 }),
      ...options.normalUnder,
    }),
    survival: linesOut('degradedUnder', enter.survival, {
      ...under(enter.survival, { memory: 0.8 }),
      ...options.degradedUnder,
    }),
  };
  for (const name of signalNames) {
    const [line, least] = [enter.survival[name], enter.degraded[name] ?? 0];
    if (line !== undefined && line < least) {
      refuseOption(owner, `survivalOver.${name}`, `at least degradedOver.${name} (${least})`, line);
    }
  }
  const dwellMs = duration('dwellMs', options.dwellMs ?? 60_000, 1);
  if (dwellMs > longestDwellMs) refuseOption(owner, 'dwellMs', 'at most 15 minutes', dwellMs);
  const degradedPriority = numberOption(
    owner,
    'degradedPriority',
    options.degradedPriority ?? 5,
    0,
  );
  return {
    enter,
    leave,
    emergencyMemory: numberOption(owner, 'emergencyMemory', options.emergencyMemory ?? 0.95, 0),
    holdMs: duration('holdMs', options.holdMs ?? 10_000),
    clearMs: duration('clearMs', options.clearMs ?? 60_000),
    dwellMs,
    slotEveryMs: duration('slotEveryMs', options.slotEveryMs ?? 60_000, 1),
    smoothingMs: duration('smoothingMs', options.smoothingMs ?? 5_000),
    forgetMs: duration('forgetMs', options.forgetMs ?? 300_000, 1),
    survivalPool: integerOption(owner, 'survivalPool', options.survivalPool ?? 2, 1),
    degradedShare: numberOption(owner, 'degradedShare', options.degradedShare ?? 0.5, 0, 1),
    degradedPriority,
    survivalPriority: numberOption(
      owner,
      'survivalPriority',
      options.survivalPriority ?? Math.max(8, degradedPriority),
      degradedPriority,
    ),
    retryPenalty: numberOption(owner, 'retryPenalty', options.retryPenalty ?? 1, 0),
  };
}

function lines(option: string, thresholds: Thresholds): Thresholds {
  for (const name of signalNames) {
    const line = thresholds[name];
    if (line !== undefined) numberOption(owner, `${option}.${name}`, line, 0);
  }
  return thresholds;
}

/** Hysteresis is not optional: each line out lies under its line in. */
function linesOut(option: string, into: Thresholds, thresholds: Thresholds): Thresholds {
  for (const name of signalNames) {
    const line = thresholds[name];
    const limit = into[name];
    if (line === undefined) continue;
    if (limit === undefined) {
      refuseOption(owner, `${option}.${name}`, 'left out while no line leads into that mode', line);
    }
    if (!(line >= 0 && line < limit)) {
      refuseOption(owner, `${option}.${name}`, `under the line into that mode (${limit})`, line);
    }
  }
  return thresholds;
}

function under(into: Thresholds, usual: Thresholds): Thresholds {
  const out: { -readonly [Name in keyof Thresholds]: number } = {};
  for (const name of signalNames) {
    const line = into[name];
    if (line === undefined) continue;
    const proposed = usual[name];
    out[name] = proposed !== undefined && proposed < line ? proposed : line * 0.8;
  }
  return out;
}
