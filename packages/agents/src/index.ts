export type { Agent, AgentContext, AgentRequest, AgentResult, Workspace } from './agent.ts';
