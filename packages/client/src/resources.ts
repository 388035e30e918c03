import type {
  Artifact,
  DeathCause,
  Feedback,
  Json,
  JsonObject,
  WorkflowStatus,
} from '@chimera/workflow';

/** What the daemon's HTTP API answers. Instants are wall-clock ms since the epoch. */

export interface WorkflowRequest {
  /** Name of a definition that the daemon knows. */
  readonly definition: string;
  /** Default `{}`. */
  readonly input?: JsonObject;
  /** 0 to 10, higher is more urgent. Default 5. */
  readonly priority?: number;
  /** How long the work will keep a slot, in ms. Default: as nine in ten of its definition did; unknown counts as long. */
  readonly estimateMs?: number;
  /** The same key with the same request submits once, however often it is sent. */
  readonly idempotencyKey?: string;
  /** Not before this instant. */
  readonly runAt?: number;
  /** At most 16, by which the settings may limit what runs at a time: `{ repository: 'shop' }`. Children have those of their parent. */
  readonly labels?: Readonly<Record<string, string>>;
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
  readonly labels: Readonly<Record<string, string>>;
  /** Whose child it is: the parent, the visit of its phase that started it, its place among the others. */
  readonly parent: { readonly id: string; readonly fork: string; readonly index: number } | null;
}

export interface WorkflowFilter {
  readonly status?: WorkflowStatus;
  readonly definition?: string;
  /** Children of this workflow alone. */
  readonly parent?: string;
  /** What their ids begin with. */
  readonly idPrefix?: string;
  /**
   * Labels that they all have. No index knows them: the daemon reads some thousand workflows for an
   * answer, which may be short, or empty, and have a `nextCursor` all the same.
   */
  readonly labels?: Readonly<Record<string, string>>;
}

export interface PhaseRunView {
  readonly phase: string;
  readonly visit: number;
  readonly attempt: number;
  readonly agent: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly outcome: string | null;
  /** Why it did not succeed, in words; null when it did, and while it runs. */
  readonly error: string | null;
  readonly details: Json;
}

export interface WorkflowDetail extends WorkflowSummary {
  readonly visits: Readonly<Record<string, number>>;
  readonly recoveries: number;
  /** Of its repository: what its phases commit is there; null when its input names no repository. */
  readonly branch: string | null;
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

export interface ResumedPool extends PoolState {
  /** False: there was no pause to end, and nothing has changed. */
  readonly wasPaused: boolean;
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
  readonly autoscaler: {
    /** False when the settings switch it off: the pool's baseline stays as it is. */
    readonly enabled: boolean;
    /** The last change of the pool's baseline since the start, with its time; null when there was none. */
    readonly lastDecision: Omit<ScalingDecisionView, 'level'> | null;
  };
  readonly degradation: {
    /** False when the settings switch it off: nothing is watched, and the mode stays `normal`. */
    readonly enabled: boolean;
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
  /** Limits that hold work back now, the first 20 by name. */
  readonly limits: readonly LimitView[];
  readonly deadLetters: { readonly open: number };
  readonly agents: readonly AgentStatus[];
}

/** A limit that is used up. */
export interface LimitView {
  /** `label=value`, or `agent name`. */
  readonly key: string;
  readonly running: number;
  readonly concurrency: number | null;
  /** At most `starts` in any `perMs`. */
  readonly rate: { readonly starts: number; readonly perMs: number } | null;
  /** When its rate lets the next start; null while what runs has to end first. */
  readonly nextStartAt: number | null;
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
