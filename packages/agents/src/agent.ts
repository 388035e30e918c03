import type {
  Artifact,
  Check,
  FailureRecord,
  Feedback,
  Json,
  JsonObject,
  Stage,
} from '@chimera/workflow';

/** What an agent is asked to do. It reaches a command agent as JSON on stdin. */
export interface AgentRequest {
  /** The same for every run of this visit of this phase: an agent with effects outside uses it to do them once. */
  readonly idempotencyKey: string;
  readonly workflowId: string;
  readonly definition: string;
  readonly phase: string;
  readonly stage: Stage;
  readonly action: string;
  readonly visit: number;
  readonly attempt: number;
  /** The workflow's own input, as submitted. */
  readonly input: JsonObject;
  /** The phase's input: what the definition fixes, and what it takes from earlier outputs. */
  readonly phaseInput: JsonObject;
  /** What earlier phases left, oldest first; the newest of a phase is the valid one. */
  readonly artifacts: readonly Artifact[];
  /** Why the workflow came back to an earlier phase, oldest first. */
  readonly feedback: readonly Feedback[];
  /** The workflow's own git worktree; undefined when its input names no repository. */
  readonly workspace: Workspace | undefined;
  /** W3C Trace Context: the span below which what the agent does belongs. Commands get it as `TRACEPARENT`, too. */
  readonly traceparent?: string;
  /** The phase's own checks, for the agent that runs checks. */
  readonly checks?: readonly Check[];
}

export interface Workspace {
  /** The repository it was made from. */
  readonly repository: string;
  /** The worktree: the agent's working directory. */
  readonly directory: string;
  readonly branch: string;
  /** The commit that the branch started from. */
  readonly baseCommit: string;
}

export type AgentResult =
  | {
      readonly outcome: 'succeeded';
      readonly output: Json;
      /** How it was done, as seen from outside: exit code, output tails, duration; not the agent's own words. */
      readonly evidence?: Json;
    }
  /** A verdict on the work, not a failure of the agent. */
  | {
      readonly outcome: 'rejected';
      readonly reason: string;
      readonly output: Json;
      readonly evidence?: Json;
    }
  /** What was seen from outside is in `error.details`. */
  | {
      readonly outcome: 'failed';
      readonly error: FailureRecord;
      /** A limit of the agent's provider: nothing is to be asked of the agent for this long. No failure of the work. */
      readonly retryAfterMs?: number;
    };

export interface AgentContext {
  /**
   * Aborts on timeout, cancellation and shutdown; what the agent started must be gone when `run`
   * settles. A reason named `TimeoutError` (that of `AbortSignal.timeout`) is reported as
   * `AGENT_TIMEOUT`, any other as `AGENT_ABORTED`.
   */
  readonly signal: AbortSignal;
}

/** Who does a phase. */
export interface Agent {
  readonly name: string;
  /** Every expected outcome is a value; a rejection of the promise is a bug of the agent. */
  run(request: AgentRequest, context: AgentContext): Promise<AgentResult>;
}
