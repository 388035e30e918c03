export type Trend = 'falling' | 'rising' | 'steady' | 'unknown';

export interface QuantilesView {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** The daemon's work at a glance. Shares are 0 to 1; null where there is nothing to tell. */
export interface PoolMetricsView {
  /** Wall-clock ms. */
  readonly at: number;
  readonly pool: {
    /** The baseline, before degradation takes slots from it. */
    readonly size: number;
    readonly target: number;
    readonly active: number;
    readonly available: number;
    readonly utilization: number;
    /** Most slots in use at once since the start. */
    readonly peak: number;
    /** Of the last 100 claims since the start. */
    readonly slotWaitMs: QuantilesView | null;
  };
  readonly queue: {
    readonly depth: number;
    readonly waiting: number;
    readonly oldestAgeMs: number | null;
    readonly trend: Trend;
  };
  readonly deadLetters: { readonly open: number; readonly oldestAgeMs: number | null };
  /** The last 100 that ended, before the start too. */
  readonly workflows: {
    readonly finished: number;
    readonly completed: number;
    readonly dead: number;
    readonly cancelled: number;
    /** Of those that completed or died. */
    readonly successRate: number | null;
    /** From submit to completion. */
    readonly durationMs: (QuantilesView & { readonly mean: number }) | null;
    readonly perMinute: number | null;
    readonly durationTrend: Trend;
    readonly throughputTrend: Trend;
  };
  readonly retries: {
    /** Workflows of the window that retried, and completed or died. */
    readonly workflows: number;
    readonly completed: number;
    /** Of these alone: a workflow that never retried is no success of retrying. */
    readonly successRate: number | null;
  };
  /** Of the last 100 attempts of each phase since the start. */
  readonly phases: readonly {
    readonly definition: string;
    readonly phase: string;
    readonly attempts: number;
    readonly failures: number;
    readonly failureRate: number;
  }[];
}

export interface LogLevelView {
  /** `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`. */
  readonly level: string;
}

/** `info` is advice; `warning` makes the daemon degraded, `critical` unhealthy. */
export type HealthSeverity = 'critical' | 'warning' | 'info';

export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

export interface HealthAdvice {
  /** Path of the setting to change. */
  readonly setting: string;
  /** The value to try; null where only somebody who is there can tell. */
  readonly value: string | null;
  readonly text: string;
}

export interface HealthFinding {
  /** `utilization`, `success`, `queue`, `duration`, `mode`, `breakers`, `store`, `disk` or `log`. */
  readonly subject: string;
  readonly severity: HealthSeverity;
  /** Since when it is told, wall-clock ms: what is debounced was the case before. */
  readonly since: number;
  readonly message: string;
  readonly advice: HealthAdvice;
}

export interface HealthView {
  readonly status: HealthStatus;
  /** Wall-clock ms. */
  readonly at: number;
  readonly uptimeMs: number;
  /** Gravest first. */
  readonly findings: readonly HealthFinding[];
}

/** Whether new work should be sent to this daemon. */
export interface ReadinessView {
  readonly ready: boolean;
  /** `reason`: why not; null when the check is passed. */
  readonly checks: readonly { readonly name: string; readonly reason: string | null }[];
}
