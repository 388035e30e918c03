import type { GitWorkspaces } from '@chimera/agents';
import type { GracefulDegradation } from '@chimera/graceful-degradation';
import { type Clock, systemRandom } from '@chimera/policy';
import type { WorkflowDefinition } from '@chimera/workflow';
import type { WorkflowRecord, WorkflowStore } from '@chimera/workflow-store';
import type { AgentRegistry } from './agents/agent-registry.ts';
import { requestFor } from './agents/request-for.ts';
import type { WorkEstimates } from './control/work-estimates.ts';
import { defined } from './defined.ts';
import type { ExecutorPool, ExecutorPoolOptions } from './executor-pool/executor-pool.ts';
import { scheduledPool } from './executor-pool/scheduled-pool.ts';
import type { Logger } from './log.ts';
import type { AgentCall } from './executor-pool/agent-call.ts';
import type { RecordedAttempt } from './executor-pool/recorded-attempt.ts';

export interface WirePoolDeps {
  readonly store: WorkflowStore;
  readonly agents: AgentRegistry;
  readonly definitions: ReadonlyMap<string, WorkflowDefinition>;
  readonly workspaces: GitWorkspaces;
  readonly estimates: WorkEstimates;
  /** Undefined when it is switched off. */
  readonly degradation: GracefulDegradation | undefined;
  readonly onCalled: (call: AgentCall) => void;
  readonly onRecorded: (attempt: RecordedAttempt) => void;
  /** A workflow's worktree is not needed any more. */
  readonly discard: (record: WorkflowRecord) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface WiredPool {
  readonly pool: ExecutorPool;
  /** Parent and children that moved along with a workflow, wherever that happened. */
  readonly onOthers: (records: readonly WorkflowRecord[]) => Promise<void>;
}

/** The pool with everything that one run of a phase needs of the daemon. */
export function wirePool(options: ExecutorPoolOptions, deps: WirePoolDeps): WiredPool {
  const { agents, clock, definitions, degradation, discard, estimates, workspaces } = deps;
  const onOthers = async (records: readonly WorkflowRecord[]): Promise<void> => {
    for (const { id, state } of records)
      if (state.status === 'running' && state.cancelRequested) pool.cancel(id);
    await Promise.all(
      records.filter(({ state }) => state.status === 'cancelled').map((record) => discard(record)),
    );
    // While many are being stopped, a claim finds them in its way.
    if (records.length > 0) pool.wake();
  };
  const pool: ExecutorPool = scheduledPool(options, {
    gates: agents.gates,
    store: deps.store,
    clock,
    random: systemRandom,
    log: deps.log,
    minPriority: () => degradation?.limits(options.size).priorityFloor ?? 0,
    agentFor: (phase) => agents.forPhase(phase),
    onCalled: deps.onCalled,
    onRecorded: deps.onRecorded,
    prepare: (claim, phase, signal) => requestFor(claim, phase, workspaces, signal),
    newChild: ({ input, workflow }, { labels, priority }) => {
      const definition = definitions.get(workflow);
      if (definition === undefined) return undefined;
      const assumed = defined({ assumedMs: estimates.of(workflow), labels });
      return { definition, input, priority, ...assumed };
    },
    onOthers,
    keepWork: (workspace, { name }, signal) =>
      workspaces.commitAll(workspace, `Phase ${name}`, signal),
    onOver: async (record) => {
      await Promise.all([estimates.observe(record), discard(record)]);
    },
  });
  return { pool, onOthers };
}
