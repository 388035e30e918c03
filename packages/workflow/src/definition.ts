import type { Json, JsonObject } from './json.ts';

export type Stage = 'planning' | 'implementation' | 'validation';

/** How failures of a phase are retried; the delays are kept in the store, not slept. */
export interface PhaseRetry {
  /** Default 3. */
  readonly maxRetries: number;
  /** First delay in ms. Default 1 000. */
  readonly baseMs: number;
  /** Default 2. */
  readonly factor: number;
  /** Longest delay in ms, before jitter. Default 30 000. */
  readonly capMs: number;
  /** Share of the delay, up or down. Default 0.2. */
  readonly jitter: number;
}

/** A command that the daemon itself runs in a clean checkout of the workflow's branch. */
export interface Check {
  readonly name: string;
  /** Program and arguments; no shell. */
  readonly command: readonly [string, ...string[]];
  readonly timeoutMs: number;
}

/** How many of a phase's children have to complete for it to succeed. */
export type Join = 'all' | 'any' | { readonly atLeast: number };

/** A workflow of its own that a phase starts and waits for. */
export interface ChildTemplate {
  /** Name of its definition. */
  readonly workflow: string;
  readonly input: JsonObject;
  /** As a phase's; `/item` is the item of `forEach` that the child is for. */
  readonly inputFrom?: Readonly<Record<string, string>>;
}

/** The children of a phase: for each item, if there are items, one of each template. */
export interface PhaseChildren {
  /** A list, or a JSON Pointer to one. */
  readonly forEach?: string | readonly Json[];
  readonly start: readonly ChildTemplate[];
  /** Default `all`. */
  readonly join: Join;
  /** Children of one visit that may run at the same time. Absent: no limit of their own. */
  readonly maxParallel?: number;
}

export interface PhaseDefinition {
  readonly name: string;
  readonly stage: Stage;
  /** The configured agent that does the work; undefined when the phase consists of checks or children. */
  readonly agent: string | undefined;
  /** What is asked of the agent. Default: the phase's name. */
  readonly action: string;
  /** Fixed input of this phase, given to the agent beside the workflow's own. */
  readonly input: JsonObject;
  /** Taken when the phase starts: key of its input → JSON Pointer, see `phaseInput`. */
  readonly inputFrom?: Readonly<Record<string, string>>;
  readonly checks: readonly Check[];
  readonly children?: PhaseChildren;
  /** Bound of one attempt in ms; of all children together. */
  readonly timeoutMs: number;
  readonly retry: PhaseRetry;
  /** The next phase, or `completed`. */
  readonly onSuccess: string;
  /** Where a rejected result goes: a phase (rework), or `dead`. */
  readonly onRejected: string;
  /** How often a workflow may enter this phase; one visit more than that is its death. Default 3. */
  readonly maxVisits: number;
}

export interface WorkflowDefinition {
  readonly name: string;
  readonly description: string;
  /** The phase where workflows start. */
  readonly start: string;
  readonly phases: readonly PhaseDefinition[];
  /** Bound of the whole workflow in ms, from its first start, waits included. Absent: none. */
  readonly timeoutMs?: number;
  /** SHA-256 of the normalised definition: a running workflow finishes on the one it started with. */
  readonly hash: string;
}
