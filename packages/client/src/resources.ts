import type {
  Artifact,
  DeathCause,
  FailureRecord,
  Feedback,
  Json,
  JsonObject,
  WorkflowStatus,
} from '@chimera/workflow';

/** What the daemon's HTTP API answers. Instants are wall-clock ms since the epoch. */

export interface WorkflowRequest {
  /** Name of a definition that the daemon knows. */
  readonly definition: string;
  readonly input: JsonObject;
  /** 0 to 10, higher is more urgent. Default 5. */
  readonly priority?: number;
  /** How long the work will keep a slot, in ms. Default: as nine in ten of its definition did; unknown counts as long. */
  readonly estimateMs?: number;
  /** The same key with the same request submits once, however often it is sent. */
  readonly idempotencyKey?: string;
  /** Not before this instant. */
  readonly runAt?: number;
}

export interface SubmittedWorkflow {
  readonly id: string;
  /** False when the idempotency key had been seen: `id` is the first one's. */
  readonly created: boolean;
}

export interface WorkflowSummary {
  readonly id: string;
  readonly definition: string;
  readonly status: WorkflowStatus;
  readonly phase: string;
  readonly priority: number;
  /** How long it is expected to keep a slot, in ms: as submitted, else as those of its definition did before; null while unknown. */
  readonly estimateMs: number | null;
  readonly attempts: number;
  readonly retries: number;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  /** Why it is not running, in words; null when it is running or has ended well. */
  readonly why: string | null;
  /** Earliest instant at which a workflow that waits, or was submitted for later, can move. */
  readonly runAt: number | null;
  readonly input: JsonObject;
  /** Whose child it is: the parent, the visit of its phase that started it, its place among the others. */
  readonly parent: { readonly id: string; readonly fork: string; readonly index: number } | null;
}

export interface PhaseRunView {
  readonly phase: string;
  readonly visit: number;
  readonly attempt: number;
  readonly agent: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly outcome: string | null;
  readonly details: Json;
}

export interface WorkflowDetail extends WorkflowSummary {
  readonly visits: Readonly<Record<string, number>>;
  readonly recoveries: number;
  /** When the whole workflow has to be over; null without a timeout, and before its first start. */
  readonly deadline: number | null;
  readonly artifacts: readonly Artifact[];
  readonly feedback: readonly Feedback[];
  readonly cause: DeathCause | null;
  readonly phaseRuns: readonly PhaseRunView[];
  /** Newest first, at most 100; `list({ parent })` has them all. */
  readonly children: readonly WorkflowSummary[];
}

export interface StoredEventView {
  readonly seq: number;
  readonly workflowId: string;
  readonly at: number;
  readonly type: string;
  readonly data: Json;
}

export interface DeadLetterView {
  readonly id: string;
  readonly workflowId: string;
  readonly status: 'open' | 'requeued' | 'resolved' | 'discarded';
  readonly phase: string;
  readonly agent: string | null;
  readonly fingerprint: string;
  readonly error: FailureRecord;
  readonly retryCount: number;
  readonly failedAt: number;
  readonly resolution: string | null;
  readonly requeuedAt: number | null;
  readonly previousId: string | null;
  /** State of the workflow at its death; only where one dead letter was asked for. */
  readonly workflowState?: Json;
}

/** Which dead letters; every field given must match. */
export interface DeadLetterSelection {
  readonly fingerprint?: string | undefined;
  readonly phase?: string | undefined;
  readonly agent?: string | undefined;
}

/** Dead letters of one cause. */
export interface DeadLetterGroupView {
  readonly fingerprint: string;
  readonly count: number;
  readonly open: number;
  readonly workflows: number;
  readonly firstFailedAt: number;
  readonly lastFailedAt: number;
  /** The newest of them. */
  readonly example: {
    readonly id: string;
    readonly phase: string;
    readonly agent: string | null;
    readonly error: string;
  };
}

export interface RedriveRequest extends DeadLetterSelection {
  /** How long to wait after each step for failures to return, in ms. Default 30 000. */
  readonly observeMs?: number | undefined;
  /** After steps of one and of ten. Default 100. */
  readonly batchSize?: number | undefined;
  /** Failures that may return before it stops. Default 0. */
  readonly tolerate?: number | undefined;
}

export interface RedriveView {
  readonly startedAt: number;
  readonly filter: DeadLetterSelection;
  readonly outcome: 'under-way' | 'finished' | 'failures-returned' | 'aborted' | 'failed';
  /** Dead letters whose workflows were queued again, in this order. */
  readonly requeued: readonly string[];
  /** Their new dead letters. */
  readonly returned: readonly string[];
  /** Left as they are, and the code of the refusal. */
  readonly skipped: readonly { readonly id: string; readonly code: string }[];
  /** Why it failed. */
  readonly error: string | null;
}

interface Decision<Kind extends string, Value> {
  readonly kind: Kind;
  /** Wall-clock ms since the epoch. */
  readonly at: number;
  readonly from: Value;
  readonly to: Value;
  /** `warn`: something is given up. */
  readonly level: 'info' | 'warn';
  /** Why, as one word for a program: `demand`, `blocked`, `overload`, … */
  readonly cause: string;
  /** In words and numbers, for a person. */
  readonly reason: string;
  /** The values that it was decided on: `queued`, `running`, `memory` (a share), … */
  readonly signals: Readonly<Record<string, number>>;
}

/**
 * What the daemon decided by itself: numbers are slots, words are modes or statuses. Where `from`
 * and `to` are the same, it decided to leave things as they are, for another cause than before.
 */
export type DecisionView =
  /** Slots of the baseline. */
  | Decision<'autoscaler', number>
  /** The mode, or the slots that it leaves of the baseline. */
  | Decision<'degradation', DegradationMode>
  | Decision<'degradation', number>
  | (Decision<'breaker', string> & { readonly agent: string });

export type ScalingDecisionView = Extract<DecisionView, { readonly kind: 'autoscaler' }>;

export type DegradationMode = 'normal' | 'degraded' | 'survival';

export interface AgentStatus {
  readonly name: string;
  readonly breaker: string;
  /** Ms until a call would be admitted; 0 when it would be now. */
  readonly retryAfterMs: number;
  /** Until when the agent has asked to be left alone, because its provider limits the rate; else null. */
  readonly rateLimitedUntil: number | null;
}

/** Whether work is started. */
export interface PoolState {
  /** `draining` and `stopping`: nothing is taken, and the daemon ends when nothing runs any more. */
  readonly state: 'running' | 'paused' | 'draining' | 'stopping';
  /** An operator's pause; null when there is none. It lasts over restarts. */
  readonly paused: { readonly at: number; readonly reason: string | null } | null;
  /** When a stop under way cuts what still runs; else null. */
  readonly stopsAt: number | null;
}

/** What became of the phases that ran when the daemon was told to stop. */
export interface DrainReport {
  /** Ended by themselves in time. */
  readonly finished: number;
  /** Were ended at the deadline; their workflows are queued again, without losing an attempt. */
  readonly cut: readonly {
    readonly workflowId: string;
    readonly definition: string;
    readonly phase: string;
    readonly ranForMs: number;
  }[];
}

export interface DaemonStatus extends PoolState {
  readonly version: string;
  readonly node: string;
  readonly instance: string;
  readonly pid: number;
  readonly uptimeMs: number;
  readonly pool: { readonly size: number; readonly target: number; readonly running: number };
  /** The last change of the pool's baseline since the start, with its time; null when there was none. */
  readonly autoscaler: { readonly lastDecision: Omit<ScalingDecisionView, 'level'> | null };
  readonly degradation: {
    readonly mode: DegradationMode;
    /** Why the mode is what it is; null in `normal`. */
    readonly reason: string | null;
    /** When the mode was entered. */
    readonly since: number;
    /** Work of a lower priority is refused and not started; 0 when none is. */
    readonly priorityFloor: number;
    /** Shares in use, averaged over the last seconds; null while unknown, or not watched. */
    readonly memory: number | null;
    readonly cpu: number | null;
  };
  readonly workflows: Readonly<Record<WorkflowStatus, number>>;
  readonly deadLetters: { readonly open: number };
  readonly agents: readonly AgentStatus[];
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Pass it as `cursor` for the next page; null on the last one. */
  readonly nextCursor: string | null;
}

export interface ApiErrorBody {
  readonly error: {
    readonly code: string;
    readonly message: string;
  };
}

/** Where values are going: of two halves of a window, the newer one against the older. */
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
    /** Of the last 100 claims. */
    readonly slotWaitMs: QuantilesView | null;
  };
  readonly queue: {
    readonly depth: number;
    readonly waiting: number;
    readonly oldestAgeMs: number | null;
    readonly trend: Trend;
  };
  readonly deadLetters: { readonly open: number; readonly oldestAgeMs: number | null };
  /** The last 100 that ended. */
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
  /** Of the last 100 attempts of each phase. */
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
  /** `utilization`, `success`, `queue`, `duration`, `mode`, `breakers`, `store` or `disk`. */
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
