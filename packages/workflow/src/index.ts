export { chimera, standard } from './built-in-definitions.ts';
export { canonicalJson } from './canonical-json.ts';
export { checkAgents } from './check-agents.ts';
export { defineWorkflow } from './define-workflow.ts';
export { DefinitionError, type DefinitionIssue } from './definition-error.ts';
export type { CheckInput, PhaseInput, RetryInput, WorkflowInput } from './definition-input.ts';
export { unlimitedVisits } from './definition-schema.ts';
export type {
  Check,
  PhaseDefinition,
  PhaseRetry,
  Stage,
  WorkflowDefinition,
} from './definition.ts';
export type { Json, JsonObject } from './json.ts';
export { phaseInput, type InputSource, type ResolvedInput } from './phase-input.ts';
export { stateDiagram } from './state-diagram.ts';
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
