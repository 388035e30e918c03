export type { ClaimKeys, ClaimKeysOf, ClaimTask } from './claim-keys.ts';
export type { KeyWait } from './key-limits.ts';
export { checkLimits, type LimitRule } from './limit-rules.ts';
export type { SiblingRule } from './sibling-rule.ts';
export type { FoundState, KeptState } from './kept-states.ts';
export type { StoreCommit } from './call.ts';
export { BatchConnection, type BatchFile } from './batch-connection.ts';
export type { Batch, BatchWriter } from './batch-writer.ts';
export type { Durability } from './connection.ts';
export {
  openWorkflowStore,
  type WorkflowStoreDeps,
  type WorkflowStoreOptions,
} from './open-workflow-store.ts';
export {
  SqlBreakerStateStore,
  type SqlBreakerStateStoreOptions,
} from './sql-breaker-state-store.ts';
export type { EndedPage, EndedQuery } from './retain.ts';
export type { ScheduleStart, StoredSchedule } from './schedules.ts';
export type { OnDead } from './store-context.ts';
export type { StoreWatch } from './store-watch.ts';
export { StoreError, type StoreErrorCode } from './store-error.ts';
export type { ChimeraDatabase } from './tables.ts';
export type {
  AttemptEvidence,
  Candidate,
  DeadWorkflow,
  DecisionQuery,
  Lease,
  NewDecision,
  ParentLink,
  PhaseRun,
  StoredDecision,
  StoredEvent,
  WorkflowRecord,
} from './workflow-record.ts';
export type {
  AgentQueue,
  Applied,
  ApplyRequest,
  Claim,
  ClaimRequest,
  NewWorkflow,
  QueueDepth,
  Submitted,
  WorkflowFilter,
  WorkflowPage,
  WorkflowStore,
} from './workflow-store.ts';
