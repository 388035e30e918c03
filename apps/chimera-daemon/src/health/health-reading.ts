import type { Mode } from '@chimera/graceful-degradation';
import type { FinishedWorkflow, PhaseAttempts } from '../telemetry/workflow-history.ts';
import type { BreakerSetting } from './breaker-setting.ts';
import type { PoolSettings } from './pool-settings.ts';

/** An agent whose breaker is not closed. */
export interface RefusingAgent {
  readonly name: string;
  readonly openFor: BreakerSetting;
  /** A workflow is parked for it. */
  readonly isWaitedFor: boolean;
}

/** What the daemon's health is told from, and the settings that its advice changes. */
export interface HealthReading {
  /** Slots in use of those wanted. */
  readonly utilization: number;
  /** 0 while none of it could start: it is to start later, or a limit holds it. */
  readonly queueDepth: number;
  /** Of the window, as far as it is of the last day: completed of those that completed or died; null of nothing. */
  readonly successRate: number | null;
  /** How many that rate is of. */
  readonly ended: number;
  /** How much longer the last ones took than is usual for their definition; null while unknown. */
  readonly slowdown: number | null;
  readonly mode: Mode;
  readonly slots: {
    /** Those that the work has made wanted. */
    readonly wanted: number;
    /** What degradation leaves of them. */
    readonly left: number;
    readonly used: number;
    /** Most in use since the start. */
    readonly peak: number;
  };
  readonly refusing: readonly RefusingAgent[];
  /** Agents whose provider limits the rate. */
  readonly limited: readonly string[];
  /** Of the phase that fails most often. */
  readonly worstPhase: {
    readonly name: string;
    readonly failureRate: number;
    /** That failed last in it. */
    readonly agent?: string | undefined;
  } | null;
  /** Why the store does not answer; null when it does. */
  readonly storeError: string | null;
  /** Why its disk cannot be written; null when it can. */
  readonly diskError: string | null;
  /** Why the log cannot be written; null when it can. */
  readonly logError: string | null;
  /** An operator paused it: nothing is started. */
  readonly isPaused: boolean;
  readonly settings: PoolSettings & {
    /** Of the worst phase's agent. */
    readonly failureThreshold: BreakerSetting;
  };
}

const recent = 10;

/**
 * The median of how long the last ten completed took, each against the median of its definition:
 * a mix of short and long work is no slowdown. Null while a definition has fewer than 20 others, and
 * when one of the ten ended before `since`.
 */
export function slowdownOf(
  finished: readonly FinishedWorkflow[],
  since: number = -Infinity,
): number | null {
  const completed = finished.filter(({ status }) => status === 'completed');
  const last = completed.slice(-recent);
  const before = completed.slice(0, -recent);
  if (before.length < 2 * recent || last.some(({ finishedAt }) => finishedAt < since)) return null;
  const ratios = last.flatMap(({ definition, durationMs }) => {
    const usual = before
      .filter((workflow) => workflow.definition === definition)
      .map((workflow) => workflow.durationMs);
    const baseline = usual.length < 2 * recent ? 0 : medianOf(usual);
    return baseline > 0 ? [durationMs / baseline] : [];
  });
  return ratios.length < recent ? null : medianOf(ratios);
}

export function worstPhaseOf(phases: readonly PhaseAttempts[]): HealthReading['worstPhase'] {
  const rated = phases.map(({ agent, definition, failures, phase }) => ({
    agent,
    name: `${phase} of ${definition}`,
    failureRate: failures.filter(Boolean).length / Math.max(1, failures.length),
  }));
  rated.sort((a, b) => b.failureRate - a.failureRate);
  const [worst] = rated;
  return worst === undefined || worst.failureRate === 0 ? null : worst;
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
