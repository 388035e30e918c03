import type { WorkflowStatus } from '@chimera/workflow';
import type { Generated } from 'kysely';

/** The hot row: everything that claims and transitions touch, and nothing that grows. */
export interface WorkflowTable {
  /** Counts workflows as they come in; other tables refer to it, being a quarter of an id's size. */
  key: Generated<number>;
  /** Above those of all keys before it; see `id-search.ts`. */
  id: string;
  definition_name: string;
  definition_key: number;
  priority: number;
  estimate_ms: number | null;
  /** JSON. */
  labels: string | null;
  status: WorkflowStatus;
  phase: string;
  /** JSON of the state without artifacts and feedback, which grow: they are payloads. */
  state: string;
  /** Since when its age counts. */
  queued_at: number;
  run_at: number;
  /** 0 or 1; see `ClaimKeys`. Not null exactly while claimable. */
  is_short: number | null;
  /** The key of a limit that keeps a claimable workflow out of the order of the claim. */
  held_by: string | null;
  /** Not null exactly while a queued or waiting workflow is not claimable yet. */
  due_at: number | null;
  /** Claims so far: the newest fencing token. */
  token: number;
  /** Not null exactly while the workflow runs. */
  holder: string | null;
  lease_expires_at: number | null;
  created_at: number;
  started_at: number | null;
  updated_at: number;
  finished_at: number | null;
  /** Its newest event, from which all others are found. */
  last_event: number;
  /** These three are not null exactly in a child. */
  parent_id: string | null;
  parent_fork: string | null;
  parent_index: number | null;
  /** Children of its fork that may run at the same time; null: no limit of their own. */
  parent_limit: number | null;
}

/** What workflows are given, out of the hot row's pages. */
export interface InputTable {
  workflow_key: number;
  /** JSON. */
  body: string;
}

export interface EventTable {
  seq: number;
  workflow_key: number;
  /** The event before it of the same workflow. */
  previous: number | null;
  at: number;
  type: string;
  /** JSON. */
  data: string;
  /** JSON of the artifacts and the feedback that its workflow gained by it. */
  added: string | null;
  /** JSON of the attempt's evidence, on the event that ends a phase run. */
  evidence: string | null;
}

/** When a workflow that has begun, and has a timeout, has to be over; gone when it is, or is being ended for it. */
export interface DeadlineTable {
  workflow_key: number;
  at: number;
}

/** What the program decided by itself, apart from any workflow; see `keptDecisions`. */
export interface DecisionTable {
  seq: Generated<number>;
  at: number;
  kind: string;
  /** 0 or 1. */
  is_change: number;
  /** JSON. */
  data: string;
}

/** What counts for the rate of a key. */
export interface LimitStartTable {
  seq: Generated<number>;
  limit_key: string;
  at: number;
  /** From when on it does not count any more. */
  ends_at: number;
}

/** Children that nobody waits for any more, while they are being cancelled; see `stop-children.ts`. */
export interface StoppingForkTable {
  parent_id: string;
  fork: string;
  /** The children before this one have been asked to stop. */
  next_index: number;
  /** JSON of the places of those that have come back from the dead letter queue since. */
  spared: string;
}

/** See `KeptState`. */
export interface KeptStateTable {
  kind: string;
  name: string;
  /** JSON. */
  body: string;
}

export interface DefinitionTable {
  /** Stands for the hash in the rows of workflows, being a thirtieth of its size. */
  key: number;
  hash: string;
  name: string;
  /** JSON. */
  body: string;
  created_at: number;
}

/** See `definition-parts.ts`. */
export interface DefinitionPartTable {
  definition_name: string;
  part: number;
}

export interface IdempotencyKeyTable {
  key: string;
  workflow_key: number;
  /** SHA-256 of the canonical submission. */
  body_hash: string;
}

/** See `StoredSchedule`. */
export interface ScheduleTable {
  name: string;
  timing: string;
  /** 0 or 1. */
  is_paused: number;
  decided_up_to: number;
  /** JSON of instants. */
  pending: string;
  /** JSON of ids of workflows. */
  active: string;
  /** This and the next two are null together. */
  last_instant: number | null;
  last_at: number | null;
  last_workflow_id: string | null;
}

/** The store's tables. Other parts keep theirs in the same file. */
export interface ChimeraDatabase {
  workflows: WorkflowTable;
  workflow_inputs: InputTable;
  workflow_deadlines: DeadlineTable;
  workflow_events: EventTable;
  workflow_definitions: DefinitionTable;
  definition_parts: DefinitionPartTable;
  decisions: DecisionTable;
  limit_starts: LimitStartTable;
  kept_states: KeptStateTable;
  stopping_forks: StoppingForkTable;
  idempotency_keys: IdempotencyKeyTable;
  schedules: ScheduleTable;
}
