import type { PoolMetricsView, Trend } from '@chimera/client';
import type { StateSample } from './state-sampler.ts';
import { meanOf, quantilesOf, shareOf } from './statistics.ts';
import { trendOf } from './trend.ts';
import type { FinishedWorkflow, PhaseAttempts } from './workflow-history.ts';

/** The pool now. */
export interface PoolReading {
  readonly size: number;
  readonly target: number;
  readonly active: number;
  readonly peak: number;
}

export interface MetricsSources {
  readonly pool: PoolReading;
  readonly sample: StateSample;
  /** Depths of the queue at even intervals, oldest first. */
  readonly depths: readonly number[];
  readonly finished: readonly FinishedWorkflow[];
  readonly phases: readonly PhaseAttempts[];
  readonly slotWaitsMs: readonly number[];
}

/** Changes smaller than these are noise: queue ±20 % and one workflow, durations ±15 %, throughput ±30 %. */
const queueRule = { atLeast: 10, share: 0.2, least: 1 };
const durationRule = { atLeast: 10, share: 0.15 };
const throughputRule = { atLeast: 2, share: 0.3 };

/** The mission's pool metrics, of plain readings. */
export function poolMetricsView(sources: MetricsSources): PoolMetricsView {
  const { depths, finished, phases, pool, sample, slotWaitsMs } = sources;
  const { active, peak, size, target } = pool;
  const ageOf = (at: number | undefined) => (at === undefined ? null : Math.max(0, sample.at - at));
  return {
    at: sample.at,
    pool: {
      size,
      target,
      active,
      available: Math.max(0, target - active),
      utilization: utilizationOf(pool),
      peak,
      slotWaitMs: quantilesOf(slotWaitsMs),
    },
    queue: {
      depth: sample.workflows.queued,
      waiting: sample.workflows.waiting,
      oldestAgeMs: ageOf(sample.oldestQueuedAt),
      trend: queueTrendOf(depths),
    },
    deadLetters: { open: sample.openDeadLetters, oldestAgeMs: ageOf(sample.oldestDeadLetterAt) },
    workflows: workflowsOf(finished, sample.at),
    retries: retriesOf(finished),
    phases: phases.map(({ definition, failures, phase }) => {
      const failed = failures.filter(Boolean).length;
      const attempts = failures.length;
      return {
        definition,
        phase,
        attempts,
        failures: failed,
        failureRate: shareOf(failed, attempts) ?? 0,
      };
    }),
  };
}

/** Of depths at even intervals, oldest first. */
export function queueTrendOf(depths: readonly number[]): Trend {
  return trendOf(depths, queueRule);
}

/** More than 1 while a smaller target takes effect. */
export function utilizationOf({ active, target }: PoolReading): number {
  return active / Math.max(1, target);
}

export function successRateOf(finished: readonly FinishedWorkflow[]): number | null {
  const completed = finished.filter(({ status }) => status === 'completed').length;
  const dead = finished.filter(({ status }) => status === 'dead').length;
  return shareOf(completed, completed + dead);
}

function workflowsOf(
  finished: readonly FinishedWorkflow[],
  now: number,
): PoolMetricsView['workflows'] {
  const count = (status: FinishedWorkflow['status']) =>
    finished.filter((workflow) => workflow.status === status).length;
  const durations = finished
    .filter(({ status }) => status === 'completed')
    .map(({ durationMs }) => durationMs);
  const quantiles = quantilesOf(durations);
  const mean = meanOf(durations);
  return {
    finished: finished.length,
    completed: count('completed'),
    dead: count('dead'),
    cancelled: count('cancelled'),
    successRate: successRateOf(finished),
    durationMs: quantiles === null || mean === null ? null : { ...quantiles, mean },
    perMinute: perMinute(finished, now),
    durationTrend: trendOf(durations, durationRule),
    throughputTrend: throughputTrend(finished, now),
  };
}

function retriesOf(finished: readonly FinishedWorkflow[]): PoolMetricsView['retries'] {
  const retried = finished.filter(({ retries, status }) => retries > 0 && status !== 'cancelled');
  const completed = retried.filter(({ status }) => status === 'completed').length;
  return {
    workflows: retried.length,
    completed,
    successRate: shareOf(completed, retried.length),
  };
}

/** Over the time of the window; what ended at one instant has no pace. */
function perMinute(finished: readonly FinishedWorkflow[], now: number): number | null {
  const [first] = finished;
  if (first === undefined || now <= first.finishedAt) return null;
  return (finished.length * 60_000) / (now - first.finishedAt);
}

/** The last five minutes against the five before; unknown when the window does not reach so far back. */
function throughputTrend(finished: readonly FinishedWorkflow[], now: number): Trend {
  const span = 300_000;
  const [first] = finished;
  if (first === undefined || first.finishedAt > now - 2 * span) return 'unknown';
  const newer = finished.filter(({ finishedAt }) => finishedAt > now - span).length;
  const both = finished.filter(({ finishedAt }) => finishedAt > now - 2 * span).length;
  return trendOf([both - newer, newer], throughputRule);
}
