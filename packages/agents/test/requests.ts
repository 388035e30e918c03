import type { AgentRequest } from '../src/agent.ts';

export function request(changes: Partial<AgentRequest> = {}): AgentRequest {
  return {
    idempotencyKey: 'wf-1/plan/1',
    workflowId: 'wf-1',
    definition: 'standard',
    phase: 'plan',
    stage: 'planning',
    action: 'plan',
    visit: 1,
    attempt: 1,
    input: { feature: 'dark mode' },
    phaseInput: {},
    artifacts: [],
    feedback: [],
    workspace: undefined,
    ...changes,
  };
}

/** A context nobody aborts. */
export function undisturbed(): { readonly signal: AbortSignal } {
  return { signal: new AbortController().signal };
}
