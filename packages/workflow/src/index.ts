export { chimera, standard } from './built-in-definitions.ts';
export { canonicalJson } from './canonical-json.ts';
export { checkAgents } from './check-agents.ts';
export { checkChildren, maxNesting } from './check-children.ts';
export { childrenNeeded, forkOf, joinVerdict, type JoinVerdict } from './children-progress.ts';
export { defineWorkflow } from './define-workflow.ts';
export { DefinitionError, type DefinitionIssue } from './definition-error.ts';
export type {
  CheckInput,
  ChildInput,
  ChildrenInput,
  PhaseInput,
  RetryInput,
  WorkflowInput,
} from './definition-input.ts';
export { unlimitedVisits } from './definition-schema.ts';
export type {
  Check,
  ChildTemplate,
  Join,
  PhaseChildren,
  PhaseDefinition,
  PhaseRetry,
  Stage,
  WorkflowDefinition,
} from './definition.ts';
export type { Json, JsonObject } from './json.ts';
export { isTooDeep, maxLevels } from './json-levels.ts';
export { maxRecoveries } from './outcome-transition.ts';
export { maxChildren, planChildren, type PlannedChild } from './plan-children.ts';
export { phaseInput, type InputSource, type ResolvedInput } from './phase-input.ts';
export { phaseNamed } from './phase-named.ts';
export { stateDiagram } from './state-diagram.ts';
export type {
  Artifact,
  ChildrenProgress,
  DeathCause,
  FailureRecord,
  Feedback,
  ParkReason,
  Progress,
  QueuedReason,
  Transition,
  WaitReason,
  WorkflowCommand,
  WorkflowEvent,
  WorkflowState,
  WorkflowStatus,
} from './state.ts';
export { initialState, transition } from './transition.ts';
export { why, type Why } from './why.ts';
