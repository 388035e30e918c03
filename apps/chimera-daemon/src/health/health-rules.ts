import type { HealthAdvice, HealthSeverity } from '@chimera/client';
import { durationText } from '../duration-text.ts';
import type { HealthReading, RefusingAgent } from './health-reading.ts';
import { mostSlots } from './pool-settings.ts';

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
/** What a product of decimals is off by. */
const tiny = 1e-9;
/** A breaker that opens for no longer is quick to try again as it is. */
const briefOpeningMs = 15_000;

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
  {
    subject: 'log',
    severity: 'warning',
    holdMs: 0,
    finding: ({ logError }) =>
      logError === null ? undefined : `lines of the log cannot be written: ${logError}`,
    advice: () => ({
      setting: 'log.level',
      value: null,
      text: 'look at where standard error goes: free space on its disk, or start what reads it; the log then says how many lines it lacks',
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
        ? `${percentOver(utilization)} of the slots are in use, over ${percent(over)} for ${holdMs / minute} min`
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
        ? `${percentUnder(successRate)} of the last ${ended} workflows completed, under ${percent(under)}`
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
    subject: 'queue',
    severity: 'info',
    holdMs: 0,
    finding: ({ isPaused, queueDepth }) =>
      isPaused && queueDepth > 0
        ? `all is paused, and ${queueDepth === 1 ? 'a workflow is' : `${queueDepth} workflows are`} queued`
        : undefined,
    advice: moreSlots,
  },
  {
    subject: 'duration',
    severity: 'warning',
    holdMs: briefly,
    finding: ({ slowdown }) =>
      slowdown !== null && slowdown > 2
        ? `the last workflows took ${(Math.ceil(10 * slowdown - tiny) / 10).toFixed(1)} times as long as is usual, over 2`
        : undefined,
    advice: ({ settings, slots }) => {
      const { least, path, value: now } = mostSlots(settings);
      // What never ran at a time did not slow itself down.
      const size = Math.min(now, slots.peak);
      const value = Math.max(least, Math.floor(size * 0.7));
      const where = 'chimera show ID tells where the time went';
      return value >= size
        ? { setting: path, value: null, text: where }
        : {
            setting: path,
            value: String(value),
            text: `if agents share a machine or a quota, lower ${path} from ${now} to ${value}; ${where}`,
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
        : `the ${refusing.length === 1 ? 'breaker' : 'breakers'} of ${refusing.map(({ name }) => name).join(', ')} ${refusing.length === 1 ? 'refuses' : 'refuse'}${waitsFor(refusing)}`,
    advice: shorterOpening,
  },
  {
    subject: 'breakers',
    severity: 'warning',
    holdMs: 0,
    finding: ({ limited }) =>
      limited.length === 0
        ? undefined
        : `the provider of ${limited.join(', ')} limits the rate, so no work is sent to it for a while`,
    advice: () => ({
      setting: 'limits',
      value: null,
      text: 'it is asked again by itself; so that it refuses less often, give the agent a limit in limits',
    }),
  },
];

function moreSlots(reading: HealthReading): HealthAdvice {
  const { autoscaler, pool } = reading.settings;
  const { path, value: now } = mostSlots(reading.settings);
  if (reading.isPaused) {
    const text = 'all is paused, and nothing is started until: chimera resume';
    return { setting: path, value: null, text };
  }
  const isShort = reading.mode !== 'normal';
  if (reading.slots.left < reading.slots.wanted)
    return isShort ? heldByMode(reading) : comingBack(reading);
  if (isShort) return fewerSlots(reading);
  if (autoscaler && reading.slots.wanted < now) return heldByAutoscaler(reading);
  if (!autoscaler && pool.max > now) {
    return {
      setting: 'autoscaler.enabled',
      value: 'true',
      text: `let the pool grow with the work: autoscaler.enabled true, up to pool.max ${pool.max}`,
    };
  }
  const value = Math.ceil(now * 1.5);
  return {
    setting: path,
    value: String(value),
    text: `raise ${path} from ${now} to ${value}, if the machine and the agents bear it`,
  };
}

function heldByMode(reading: HealthReading): HealthAdvice {
  const { mode, slots } = reading;
  const { text, ...setting } = fewerSlots(reading);
  return {
    ...setting,
    text: `the mode ${mode} leaves ${slots.left} of ${slots.wanted} slots; ${text}`,
  };
}

/** The machine has recovered, and the pool not yet. */
function comingBack({ slots }: HealthReading): HealthAdvice {
  const text = `slots come back one by one since the machine was short, ${slots.left} of ${slots.wanted} so far; wait, or lower degradation.slotEvery`;
  return { setting: 'degradation.slotEvery', value: null, text };
}

/** A higher maximum would change nothing. */
function heldByAutoscaler({ settings, slots }: HealthReading): HealthAdvice {
  const text = `the autoscaler holds the pool at ${slots.wanted} of pool.max ${settings.pool.max}; see why with: chimera decisions --kind autoscaler`;
  return { setting: 'autoscaler', value: null, text };
}

/** More slots would make a short machine shorter. */
function fewerSlots({ settings, slots }: HealthReading): HealthAdvice {
  const { least, path, value: now } = mostSlots(settings);
  const areFree = slots.used < slots.left;
  // Where none is free, those that the mode holds back would be taken, too.
  const size = Math.min(now, areFree ? slots.used : slots.wanted);
  const value = Math.max(least, Math.floor(size / 2));
  const remedy = 'free memory or CPU';
  if (value < size) {
    const text = `${remedy}, or lower ${path} from ${now} to ${value}`;
    return { setting: path, value: String(value), text };
  }
  const use = `${slots.used} of ${slots.left} slots are in use, and fewer would not help`;
  return { setting: path, value: null, text: areFree ? `${remedy}; ${use}` : remedy };
}

function lessRetrying({ settings, worstPhase }: HealthReading): HealthAdvice {
  const { path, value } = settings.failureThreshold;
  const where =
    worstPhase === null
      ? ''
      : `${worstPhase.name} fails in ${percent(worstPhase.failureRate)} of its attempts; `;
  const lower = Math.max(1, Math.floor(value / 2));
  const text = `${where}see chimera dlq list`;
  return lower === value
    ? { setting: path, value: null, text }
    : {
        setting: path,
        value: String(lower),
        text: `${text}; so that an ill agent's work waits instead of dying, lower ${path} from ${value} to ${lower}`,
      };
}

/** For that of the agents which opens for longest. */
function shorterOpening({ refusing }: HealthReading): HealthAdvice {
  const why = 'see why with: chimera decisions --kind breaker';
  const [longest] = [...refusing].sort((a, b) => b.openFor.value - a.openFor.value);
  if (longest === undefined || longest.openFor.value <= briefOpeningMs) {
    return { setting: longest?.openFor.path ?? 'breaker.openFor', value: null, text: why };
  }
  const { name, openFor } = longest;
  const [value, now] = [durationText(briefOpeningMs), durationText(openFor.value)];
  return {
    setting: openFor.path,
    value,
    text: `${why}; where ${name} recovers fast, lower ${openFor.path} from ${now} to ${value}`,
  };
}

function waitsFor(refusing: readonly RefusingAgent[]): string {
  const waited = refusing.filter(({ isWaitedFor }) => isWaitedFor);
  if (waited.length === 0) return '';
  if (waited.length === refusing.length)
    return `; work for ${refusing.length === 1 ? 'it' : 'them'} waits`;
  return `; work for ${waited.map(({ name }) => name).join(', ')} waits`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** Of what is over its line: never told as the line itself. */
function percentOver(share: number): string {
  return `${Math.ceil(share * 100 - tiny)} %`;
}

function percentUnder(share: number): string {
  return `${Math.floor(share * 100 + tiny)} %`;
}
