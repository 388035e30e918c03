import type {
  JsonObject,
  WorkflowCommand,
  WorkflowDefinition,
  WorkflowEvent,
  WorkflowStatus,
} from '@chimera/workflow';
import type { Kysely, Transaction } from 'kysely';
import type { KeyWait } from './key-limits.ts';
import type { FoundState, KeptState } from './kept-states.ts';
import type { EndedPage, EndedQuery } from './retain.ts';
import type { StoredSchedule } from './schedules.ts';
import type { ChimeraDatabase } from './tables.ts';
import type {
  AttemptEvidence,
  Candidate,
  DecisionQuery,
  NewDecision,
  PhaseRun,
  StoredDecision,
  StoredEvent,
  WorkflowRecord,
} from './workflow-record.ts';

export interface NewWorkflow {
  readonly definition: WorkflowDefinition;
  readonly input: JsonObject;
  /** 0 to 10, higher is more urgent. */
  readonly priority: number;
  readonly estimateMs?: number;
  /** Stands in where `estimateMs` is not given. A guess of the program's own: no part of what was submitted under a key. */
  readonly assumedMs?: number;
  /** The same key with the same workflow submits once, however often it is sent. */
  readonly idempotencyKey?: string;
  /** Not before this instant. Default: at once. */
  readonly runAt?: number;
  readonly labels?: Readonly<Record<string, string>>;
  /** Kept as the label `traceparent`: whose trace it belongs to. No part of what was submitted under a key: each sending has its own. */
  readonly traceparent?: string;
}

export interface Submitted {
  readonly id: string;
  /** False when the idempotency key had been seen: `id` is the first one's. */
  readonly created: boolean;
}

export interface WorkflowFilter {
  readonly status?: WorkflowStatus;
  /** Name of a definition. */
  readonly definition?: string;
  /** Children of this workflow alone. */
  readonly parent?: string;
  /** What their ids begin with. */
  readonly idPrefix?: string;
  /** Those that moved last after this instant. */
  readonly updatedAfter?: number;
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

export interface WorkflowPage {
  /** Newest first. */
  readonly items: readonly WorkflowRecord[];
  readonly nextCursor?: string;
}

export interface ClaimRequest {
  /** Who will run the work; the leases are in its name. */
  readonly holder: string;
  readonly leaseMs: number;
  /** Most workflows to claim. */
  readonly limit: number;
  /** Lower ones are not shown to `choose`, however long they wait. Default 0. */
  readonly minPriority?: number;
  /** The scheduler's word: ids out of the candidates, best first. Runs inside the transaction; no I/O. */
  readonly choose: (candidates: readonly Candidate[]) => readonly string[];
}

export interface Claim {
  readonly record: WorkflowRecord;
  /** To be given back with the outcome. */
  readonly token: number;
  readonly definition: WorkflowDefinition;
}

export interface ApplyRequest {
  readonly workflowId: string;
  readonly event: WorkflowEvent;
  /** The claim's token: required for the outcome of an attempt. A stale one changes nothing. */
  readonly token?: number;
  /** Kept with the phase run that this event ends. */
  readonly run?: AttemptEvidence;
  /** Replaces the workflow's input, in the same transaction: somebody mended what a dead one was given. */
  readonly input?: JsonObject;
  /**
   * The workflows that `children-added` counts, or `children-started` beyond those, in their order;
   * submitted in the same transaction. A few hundred hold up the event loop: add them in steps.
   */
  readonly children?: readonly NewWorkflow[];
  /**
   * Runs last in the same transaction, on `trx` alone: a call of the store or of `store.db` in here
   * would wait for itself. Not run when the event does not apply.
   */
  readonly also?: (trx: Transaction<ChimeraDatabase>) => Promise<void>;
}

export interface Applied {
  readonly record: WorkflowRecord;
  readonly commands: readonly WorkflowCommand[];
  /**
   * Its parent and its children, where they moved with it: children are started, or stopped when
   * nobody waits for them any more, and a parent hears of a child's end. All is in the same
   * transaction, but of many children that are stopped the most are in some that follow it at once.
   */
  readonly others: readonly WorkflowRecord[];
}

export interface QueueDepth {
  readonly queued: number;
  readonly waiting: number;
  /** Since when the longest-waiting claimable workflow could have been claimed. */
  readonly oldestQueuedAt?: number;
  /** Claimable, but for a limit of a label or an agent; of more than 10,000 some may not be counted. */
  readonly held: number;
}

/** Work that could be claimed now, and who would do its phase; without an agent: the daemon's own checks. */
export interface AgentQueue {
  readonly agent?: string;
  readonly queued: number;
}

/**
 * Durable state of workflows. Every write is one transaction, and its promise resolves once the
 * transaction is committed. All errors of the store itself are a `StoreError`.
 */
export interface WorkflowStore {
  /** The database, for tables of other parts in the same file. Writes go through one connection. */
  readonly db: Kysely<ChimeraDatabase>;

  /** Keeps a definition for ever, by its hash: running workflows finish on the one they started with. */
  putDefinition(definition: WorkflowDefinition): Promise<void>;
  definition(hash: string): WorkflowDefinition | undefined;

  /**
   * All of them or none.
   * @throws StoreError IDEMPOTENCY_MISMATCH when a key was used for another workflow
   */
  submit(workflows: readonly NewWorkflow[]): Promise<readonly Submitted[]>;
  get(id: string): Promise<WorkflowRecord | undefined>;
  list(filter: WorkflowFilter): Promise<WorkflowPage>;
  /** The children of one visit of a workflow's phase, in their order; see `forkOf`. */
  children(parentId: string, fork: string): Promise<readonly WorkflowRecord[]>;
  counts(): Promise<Record<WorkflowStatus, number>>;

  /**
   * Takes claimable workflows: queued or waiting, and due. Each gets a new fencing token, strictly
   * greater than all before it, and a lease.
   */
  claim(request: ClaimRequest): Promise<readonly Claim[]>;

  /**
   * Applies an event: state, phase run, event log, lease and dead letter in one transaction.
   * Undefined when the token is stale; nothing has changed then.
   * @throws StoreError WORKFLOW_NOT_FOUND
   */
  apply(request: ApplyRequest): Promise<Applied | undefined>;

  /** Extends leases by `leaseMs` from now. Returns the ids whose lease is no longer the holder's. */
  renew(
    holder: string,
    tokens: ReadonlyMap<string, number>,
    leaseMs: number,
  ): Promise<readonly string[]>;

  /**
   * Takes running workflows from dead holders and expired leases: `interrupted` by a crash. Returns
   * each with those that moved along; where many children are to be stopped, `stopChildren` goes on.
   */
  recover(request: {
    readonly deadHolders: (holder: string) => boolean;
    readonly now: number;
  }): Promise<readonly Applied[]>;

  /**
   * Goes on stopping children that nobody waits for any more, where a crash or a disk has
   * interrupted it; returns those that moved. None of them can be claimed, whenever this is called.
   */
  stopChildren(): Promise<readonly WorkflowRecord[]>;

  /** Ids of workflows whose deadline is over and that nobody has told so, the longest over first. */
  overdue(query: { readonly now: number; readonly limit: number }): Promise<readonly string[]>;

  /** The limit that lets this workflow not start now, wherever it stands; undefined when none does. */
  waitFor(record: WorkflowRecord): KeyWait | undefined;
  /** Limits that hold work back now, the first `most` by name. */
  keysHolding(most: number): Promise<readonly KeyWait[]>;

  /** Earliest instant at which a workflow that is not claimable becomes so; undefined when none will. */
  nextDueAt(): Promise<number | undefined>;
  depth(): Promise<QueueDepth>;
  /**
   * By agent, what limits of keys and of agents let start, among the first `window` of the short
   * and of the others by age: as fast with a million queued as with a thousand, and exact while no
   * more than `window` are.
   */
  queuedByAgent(window: number): Promise<readonly AgentQueue[]>;

  /** In order of `seq`. */
  events(query: {
    readonly workflowId?: string;
    /** Only events with a greater `seq`. */
    readonly after?: number;
    readonly limit: number;
  }): Promise<readonly StoredEvent[]>;
  /** In order of their claims. */
  phaseRuns(workflowId: string): Promise<readonly PhaseRun[]>;
  /** Runs without an end: of workflows that are running. */
  openPhaseRuns(): Promise<readonly PhaseRun[]>;

  /** Keeps what the program decided by itself: the latest 10,000 changes, and as many others. */
  addDecision(decision: NewDecision): Promise<void>;
  /** Newest first. */
  decisions(query: DecisionQuery): Promise<readonly StoredDecision[]>;

  /** Keeps small states of other parts, each in the place of the one before it. */
  keepStates(states: readonly KeptState[]): Promise<void>;
  /** In order of their names; damaged ones, which `onCorruptRow` is told of, without their state. */
  keptStates(kind: string): Promise<readonly FoundState[]>;

  /** Keeps how far a schedule has come, in the place of what was kept of that name. */
  keepSchedule(schedule: StoredSchedule): Promise<void>;
  dropSchedule(name: string): Promise<void>;
  /** In order of their names; damaged ones, which `onCorruptRow` is told of, as paused. */
  schedules(): Promise<readonly StoredSchedule[]>;

  ended(query: EndedQuery): Promise<EndedPage>;
  /**
   * Deletes those of the workflows that ended at least `olderThanMs` ago, with all that belongs to
   * them, in one transaction; returns how many.
   */
  forget(request: {
    readonly ids: readonly string[];
    readonly olderThanMs: number;
  }): Promise<number>;
  /** Gives free pages of the file back to the file system, at most `limit`; returns how many. */
  freePages(limit: number): Promise<number>;
  /** How long the oldest write in the thread's hands has waited for its commit, in ms; 0 when none has. */
  oldestWriteMs(): number;
  /** Copies the database while it is in use. An existing file is replaced once the copy is whole. */
  backup(path: string): Promise<void>;
  /** Waits for writes under way. Idempotent; the store cannot be used afterwards. */
  close(): Promise<void>;
}
