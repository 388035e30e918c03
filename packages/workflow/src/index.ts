export type {
  Check,
  PhaseDefinition,
  PhaseRetry,
  Stage,
  WorkflowDefinition,
} from './definition.ts';
export type { Json, JsonObject } from './json.ts';
export type {
  Artifact,
  DeathCause,
  FailureRecord,
  Feedback,
  Progress,
  QueuedReason,
  Transition,
  WaitReason,
  WorkflowCommand,
  WorkflowEvent,
  WorkflowState,
  WorkflowStatus,
} from './state.ts';
export { initialState, maxRecoveries, transition } from './transition.ts';
export { why, type Why } from './why.ts';
