import type { Duration } from '@chimera/policy';
import type { Join, Stage } from './definition.ts';
import type { Json, JsonObject } from './json.ts';

/** How people write a workflow, in TypeScript, YAML or JSON; `defineWorkflow` turns it into a definition. */
export interface WorkflowInput {
  /** kebab-case or snake_case. */
  readonly name: string;
  readonly description?: string;
  /** The phase where workflows start. Default: the first one. */
  readonly start?: string;
  /** Bound of the whole workflow, from its first start, waits included: ms, or `'2h'`. Default: none. */
  readonly timeout?: Duration;
  readonly phases: readonly PhaseInput[];
}

export interface PhaseInput {
  /** kebab-case or snake_case, unique in the workflow; `completed` and `dead` are taken. */
  readonly name: string;
  readonly stage: Stage;
  /** Who does it. One of `agent`, `checks` and `children`, never two. */
  readonly agent?: string;
  /** What the daemon runs itself. */
  readonly checks?: readonly CheckInput[];
  /** Workflows of their own that the phase starts, and waits for without holding a slot. */
  readonly children?: ChildrenInput;
  /** What is asked of the agent. Default: the phase's name. */
  readonly action?: string;
  /** Fixed input of this phase. */
  readonly input?: JsonObject;
  /**
   * Input that is taken when the phase starts: its key → a JSON Pointer (RFC 6901) that begins with
   * `/input`, the workflow's own, or `/outputs/PHASE`, what an earlier phase left at its latest visit.
   */
  readonly inputFrom?: Readonly<Record<string, string>>;
  /** Bound of one attempt, or of all children together: ms, or `'300s'`. */
  readonly timeout: Duration;
  readonly retry?: RetryInput;
  /** A phase or `completed`. Default: the next phase of the list; of the last one, `completed`. */
  readonly onSuccess?: string;
  /** A phase or `dead`. Default: `dead`. */
  readonly onRejected?: string;
  /** At least 1, or `unlimited`; every cycle needs a phase with a bound. Default 3. */
  readonly maxVisits?: number | 'unlimited';
}

export interface ChildrenInput {
  /** A list, or a JSON Pointer to one: all of `start` is started for each of its items. */
  readonly forEach?: string | readonly Json[];
  readonly start: readonly ChildInput[];
  /** How many have to complete. What is not needed any more is cancelled. Default `all`. */
  readonly join?: Join;
  /**
   * How many of them may run at the same time, at least 1. One that waits, for a retry or for
   * children of its own, makes room. Default: no limit of their own.
   */
  readonly maxParallel?: number;
}

export interface ChildInput {
  /** Name of a definition. */
  readonly workflow: string;
  readonly input?: JsonObject;
  /** As a phase's; a pointer may begin with `/item`, the item of `forEach`, too. */
  readonly inputFrom?: Readonly<Record<string, string>>;
}

export interface CheckInput {
  readonly name: string;
  /** Program and arguments; no shell. */
  readonly command: readonly string[];
  /** Default: the phase's timeout. */
  readonly timeout?: Duration;
}

export interface RetryInput {
  /** Default 3. */
  readonly maxRetries?: number;
  /** First delay. Default `'1s'`. */
  readonly base?: Duration;
  /** Growth from one delay to the next, at least 1. Default 2. */
  readonly factor?: number;
  /** Longest delay before jitter, at least `base`. Default `'30s'`. */
  readonly cap?: Duration;
  /** Share of the delay, up or down, 0 to 1. Default 0.2. */
  readonly jitter?: number;
}
