import type {
  DeathCause,
  Json,
  JsonObject,
  WorkflowDefinition,
  WorkflowEvent,
  WorkflowState,
} from '@chimera/workflow';

/** A workflow as it stands. Instants are wall-clock ms since the epoch. */
export interface WorkflowRecord {
  readonly id: string;
  /** Name of its definition. */
  readonly definition: string;
  readonly definitionHash: string;
  readonly input: JsonObject;
  /** 0 to 10, higher is more urgent. */
  readonly priority: number;
  readonly estimateMs?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly state: WorkflowState;
  /** Earliest instant at which it can be claimed, or could when it was. */
  readonly runAt: number;
  readonly createdAt: number;
  /** Of its first phase; absent until then. */
  readonly startedAt?: number;
  readonly updatedAt: number;
  readonly finishedAt?: number;
  /** Present while it runs. */
  readonly lease?: Lease;
  /** Present in a child. */
  readonly parent?: ParentLink;
}

/** Whose child a workflow is. */
export interface ParentLink {
  readonly id: string;
  /** The visit of the parent's phase that started it; see `forkOf`. */
  readonly fork: string;
  /** Its place among the children of that visit, from 0. */
  readonly index: number;
  /** Children of that visit that may run at the same time; absent: no limit of their own. */
  readonly maxParallel?: number;
}

export interface Lease {
  readonly holder: string;
  /** Fencing token: counts the claims of this workflow, so the newest holder has the highest. */
  readonly token: number;
  readonly expiresAt: number;
}

export interface DeadWorkflow {
  readonly record: WorkflowRecord;
  readonly definition: WorkflowDefinition;
  readonly cause: DeathCause;
  readonly at: number;
}

/** A claimable workflow, with what a scheduler needs to choose. */
export interface Candidate {
  readonly id: string;
  readonly definition: string;
  readonly phase: string;
  /** Who does the phase; absent for a phase of checks. */
  readonly agent?: string;
  readonly priority: number;
  readonly estimateMs?: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of a child whose parent lets only so many run at a time. */
  readonly parent?: Omit<ParentLink, 'index'>;
  /**
   * Since when its age counts: submitted, due, or back from the dead letter queue. Phases, retries
   * and crashes do not reset it, so work in progress goes before new work of the same priority.
   */
  readonly queuedAt: number;
}

/** One attempt of one phase, from claim to outcome. */
export interface PhaseRun {
  readonly workflowId: string;
  readonly token: number;
  readonly phase: string;
  readonly visit: number;
  readonly attempt: number;
  readonly agent?: string;
  readonly holder: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** The event that ended it. */
  readonly outcome?: WorkflowEvent['type'];
  readonly details?: Json;
}

/** What a holder knows of an attempt, stored with its phase run. */
export interface AttemptEvidence {
  readonly agent: string;
  readonly startedAt: number;
  readonly details: Json;
}

/** One entry of the append-only event log. */
export interface StoredEvent {
  /** Strictly increasing over the whole store; never used twice. */
  readonly seq: number;
  readonly workflowId: string;
  readonly at: number;
  readonly type: WorkflowEvent['type'] | 'submitted';
  /**
   * The event's own fields without `output`, which the workflow's artifacts and feedback hold, and
   * `status` and `phase` after it.
   */
  readonly data: JsonObject;
}

/** Something that a program decided by itself, such as the size of its pool. */
export interface NewDecision {
  readonly at: number;
  readonly kind: string;
  /** False for a decision to leave things as they are. */
  readonly isChange: boolean;
  readonly data: JsonObject;
}

export interface StoredDecision extends NewDecision {
  /** Strictly increasing; never used twice. */
  readonly seq: number;
}

export interface DecisionQuery {
  readonly kind?: string;
  /** Default: all. */
  readonly isChange?: boolean;
  readonly limit: number;
}
