export { ChimeraClient, type ChimeraClientOptions, type PageRequest } from './chimera-client.ts';
export { DaemonError } from './daemon-error.ts';
export type { BackupView } from './backup-view.ts';
export type {
  ActiveResourcesView,
  ProfileOptions,
  WorkflowProfilePart,
  WorkflowProfileView,
} from './profile-views.ts';
export type { ScheduleView } from './schedule-view.ts';
export {
  type DeadLetterFilter,
  type DeadLetterGroupView,
  type DeadLetterSelection,
  deadLetterStatuses,
  type DeadLetterView,
  type RedriveRequest,
  type RedriveView,
  type RequeueRequest,
} from './dead-letter-views.ts';
export type {
  HealthAdvice,
  HealthFinding,
  HealthSeverity,
  HealthStatus,
  HealthView,
  LogLevelView,
  PoolMetricsView,
  QuantilesView,
  ReadinessView,
  Trend,
} from './observation-views.ts';
export type {
  AgentStatus,
  ApiErrorBody,
  DaemonStatus,
  DecisionView,
  DegradationMode,
  DrainReport,
  LimitView,
  Page,
  PhaseRunView,
  PoolState,
  ResumedPool,
  ScalingDecisionView,
  StoredEventView,
  SubmittedWorkflow,
  WorkflowDetail,
  WorkflowFilter,
  WorkflowRequest,
  WorkflowSummary,
} from './resources.ts';
