export { ChimeraClient, type ChimeraClientOptions, type PageRequest } from './chimera-client.ts';
export { DaemonError } from './daemon-error.ts';
export type { BackupView } from './backup-view.ts';
export type { ScheduleView } from './schedule-view.ts';
export type {
  AgentStatus,
  ApiErrorBody,
  DaemonStatus,
  DeadLetterView,
  DecisionView,
  ScalingDecisionView,
  DegradationMode,
  DrainReport,
  HealthAdvice,
  HealthFinding,
  HealthSeverity,
  HealthStatus,
  HealthView,
  LogLevelView,
  Page,
  PhaseRunView,
  PoolMetricsView,
  QuantilesView,
  ReadinessView,
  PoolState,
  StoredEventView,
  SubmittedWorkflow,
  Trend,
  WorkflowDetail,
  WorkflowRequest,
  WorkflowSummary,
} from './resources.ts';
