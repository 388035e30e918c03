export { ConfigError, type ConfigIssue } from './config/config-error.ts';
export { type ConfigSources, loadConfig, type LoadedConfig } from './config/load-config.ts';
export type { Config } from './config/schema.ts';
export type { CutRun } from './executor-pool/active-runs.ts';
export { type Daemon, type DaemonDeps, startDaemon } from './daemon.ts';
export {
  ExecutorPool,
  type ExecutorPoolDeps,
  type ExecutorPoolOptions,
  type StopReport,
} from './executor-pool/executor-pool.ts';
export { type ScheduledPoolDeps, scheduledPool } from './executor-pool/scheduled-pool.ts';
export { createLog, type Logger } from './log.ts';
