import type { HealthAdvice, HealthSeverity } from '@chimera/client';
import type { HealthReading } from './health-reading.ts';

export interface HealthRule {
  /** Of rules with the same subject, only the gravest that is active is shown. */
  readonly subject: string;
  readonly severity: HealthSeverity;
  /** How long it must be seen without a break. */
  readonly holdMs: number;
  /** What is wrong, in words; undefined when nothing is. */
  readonly finding: (reading: HealthReading) => string | undefined;
  /** The setting to change, and the value to try. */
  readonly advice: (reading: HealthReading) => HealthAdvice;
}

const minute = 60_000;
/** Where no time is given: one look is no evidence. */
const briefly = 30_000;
/** A rate of fewer tells nothing. */
const leastEnded = 10;

/** The mission's thresholds, the gravest of each subject first, and what would stop the daemon. */
export const healthRules: readonly HealthRule[] = [
  {
    subject: 'store',
    severity: 'critical',
    holdMs: 0,
    finding: ({ storeError }) =>
      storeError === null ? undefined : `the database fails: ${storeError}`,
    advice: () => ({
      setting: 'database.path',
      value: null,
      text: 'check the file and its disk; nothing acknowledged is lost, and work goes on by itself once it can be written',
    }),
  },
  {
    subject: 'disk',
    severity: 'critical',
    holdMs: 0,
    finding: ({ diskError }) =>
      diskError === null ? undefined : `the database's disk cannot be written: ${diskError}`,
    advice: () => ({
      setting: 'database.path',
      value: null,
      text: 'free space on its disk, or move the file to another one; work goes on by itself then',
    }),
  },
  ...[
    { severity: 'critical', over: 0.95, holdMs: 5 * minute },
    { severity: 'warning', over: 0.8, holdMs: 10 * minute },
    { severity: 'info', over: 0.6, holdMs: 10 * minute },
  ].map(({ holdMs, over, severity }): HealthRule => ({
    subject: 'utilization',
    severity: severity as HealthSeverity,
    holdMs,
    finding: ({ utilization }) =>
      utilization > over
        ? `${percent(utilization)} of the slots are in use, over ${percent(over)} for ${holdMs / minute} min`
        : undefined,
    advice: moreSlots,
  })),
  ...[
    { severity: 'critical', under: 0.5 },
    { severity: 'warning', under: 0.8 },
  ].map(({ severity, under }): HealthRule => ({
    subject: 'success',
    severity: severity as HealthSeverity,
    holdMs: briefly,
    finding: ({ ended, successRate }) =>
      successRate !== null && ended >= leastEnded && successRate < under
        ? `${percent(successRate)} of the last ${ended} workflows completed, under ${percent(under)}`
        : undefined,
    advice: lessRetrying,
  })),
  ...[
    { severity: 'critical', over: 100 },
    { severity: 'info', over: 20 },
  ].map(({ over, severity }): HealthRule => ({
    subject: 'queue',
    severity: severity as HealthSeverity,
    holdMs: briefly,
    finding: ({ queueDepth }) =>
      queueDepth > over ? `${queueDepth} workflows are queued, over ${over}` : undefined,
    advice: moreSlots,
  })),
  {
    subject: 'duration',
    severity: 'warning',
    holdMs: briefly,
    finding: ({ slowdown }) =>
      slowdown !== null && slowdown > 2
        ? `the last workflows took ${slowdown.toFixed(1)} times as long as is usual, over 2`
        : undefined,
    advice: ({ settings }) => {
      const value = Math.max(1, Math.ceil(settings.poolMax * 0.7));
      return {
        setting: 'pool.max',
        value: String(value),
        text: `if agents share a machine or a quota, lower pool.max from ${settings.poolMax} to ${value}; chimera show ID tells where the time went`,
      };
    },
  },
  {
    subject: 'mode',
    severity: 'warning',
    holdMs: 0,
    finding: ({ mode }) =>
      mode === 'normal' ? undefined : `the machine is short, the mode is ${mode}`,
    advice: fewerSlots,
  },
  {
    subject: 'breakers',
    severity: 'warning',
    holdMs: 0,
    finding: ({ refusing }) =>
      refusing.length === 0
        ? undefined
        : `the breaker of ${refusing.join(', ')} refuses; work for it waits`,
    advice: () => ({
      setting: 'breaker.openFor',
      value: '15s',
      text: 'see why with: chimera decisions --kind breaker; where the agent recovers fast, try breaker.openFor 15s',
    }),
  },
];

function moreSlots(reading: HealthReading): HealthAdvice {
  const { autoscaler, poolMax } = reading.settings;
  if (reading.mode !== 'normal') return fewerSlots(reading);
  if (!autoscaler) {
    return {
      setting: 'autoscaler.enabled',
      value: 'true',
      text: `let the pool grow with the work: autoscaler.enabled true, up to pool.max ${poolMax}`,
    };
  }
  const value = Math.ceil(poolMax * 1.5);
  return {
    setting: 'pool.max',
    value: String(value),
    text: `raise pool.max from ${poolMax} to ${value}, if the machine and the agents bear it`,
  };
}

/** More slots would make a short machine shorter. */
function fewerSlots({ settings }: HealthReading): HealthAdvice {
  const value = Math.max(1, Math.floor(settings.poolMax / 2));
  return {
    setting: 'pool.max',
    value: String(value),
    text: `free memory or CPU, or lower pool.max from ${settings.poolMax} to ${value}`,
  };
}

function lessRetrying({ settings, worstPhase }: HealthReading): HealthAdvice {
  const value = Math.max(1, Math.floor(settings.failureThreshold / 2));
  const where =
    worstPhase === null
      ? ''
      : `${worstPhase.name} fails in ${percent(worstPhase.failureRate)} of its attempts; `;
  return {
    setting: 'breaker.failureThreshold',
    value: String(value),
    text: `${where}see chimera dlq list; so that an ill agent's work waits instead of dying, lower breaker.failureThreshold from ${settings.failureThreshold} to ${value}`,
  };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
