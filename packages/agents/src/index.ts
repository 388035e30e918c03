export type { Agent, AgentContext, AgentRequest, AgentResult, Workspace } from './agent.ts';
export type { CapturedOutput } from './bounded-output.ts';
export { ChecksAgent, type ChecksAgentOptions } from './checks-agent.ts';
export { CommandAgent, type CommandAgentOptions } from './command-agent.ts';
export {
  defaultEnvironmentNames,
  type EnvironmentOptions,
  selectEnvironment,
} from './environment.ts';
export { type FailureDefaults, failureFrom } from './failure-from.ts';
export {
  type CleanCheckout,
  GitWorkspaces,
  type GitWorkspacesOptions,
  type PrepareOptions,
} from './git-workspaces.ts';
export type { GitOptions } from './git.ts';
export { killLeftovers, type KillLeftoversOptions } from './kill-leftovers.ts';
export type { KilledProcess, KillReport } from './kill-processes.ts';
export { AgentLoadError, loadModuleAgent } from './load-module-agent.ts';
export { ModuleAgent, type ModuleAgentOptions, type ModuleRun } from './module-agent.ts';
export { processMarker, runMarker } from './process-family.ts';
export { runMemory } from './run-memory.ts';
export {
  type ProcessEnd,
  type ProcessOptions,
  type ProcessResult,
  runProcess,
  type StopCause,
} from './run-process.ts';
export type { NotStarted } from './start-failure.ts';
export { WorkspaceError, type WorkspaceErrorCode } from './workspace-error.ts';
export { branchOf } from './workflow-branch.ts';
