export { ChimeraClient, type ChimeraClientOptions, type PageRequest } from './chimera-client.ts';
export { DaemonError } from './daemon-error.ts';
export type {
  AgentStatus,
  ApiErrorBody,
  DaemonStatus,
  DeadLetterView,
  DecisionView,
  ScalingDecisionView,
  DegradationMode,
  DrainReport,
  Page,
  PhaseRunView,
  PoolMetricsView,
  QuantilesView,
  PoolState,
  StoredEventView,
  SubmittedWorkflow,
  Trend,
  WorkflowDetail,
  WorkflowRequest,
  WorkflowSummary,
} from './resources.ts';
