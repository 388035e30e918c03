import type { WorkflowStatus } from '@chimera/workflow';

export interface ProfileOptions<ChromeFormat extends string> {
  /** 0.1 to 240; default 30. */
  readonly seconds?: number;
  /** Gzipped `profile.proto` (default), or what Chrome's developer tools load. */
  readonly format?: 'pprof' | ChromeFormat;
}

/** What the daemon's process has open. */
export interface ActiveResourcesView {
  /** Wall-clock ms. */
  readonly at: number;
  /** How many of each kind keep the event loop alive, by Node.js's names. */
  readonly counts: Readonly<Record<string, number>>;
  /** libuv's handles, as a diagnostic report of Node.js lists them. */
  readonly handles: readonly ({ readonly type: string } & Readonly<Record<string, unknown>>)[];
}

/** A part of a workflow's time. Instants are wall-clock ms. */
export interface WorkflowProfilePart {
  /**
   * `queue`: before its first slot; `slot`: for another one; `agent`: its agent worked;
   * `transition`: what the daemon did around it, such as worktrees; `database`: until a change was
   * durable; `waiting`: for what `reason` says.
   */
  readonly kind: 'agent' | 'database' | 'queue' | 'slot' | 'transition' | 'waiting';
  readonly phase: string;
  /** Null where it is no part of an attempt. */
  readonly attempt: number | null;
  /** Null where it is no part of an attempt, and for the daemon's own checks. */
  readonly agent: string | null;
  /**
   * `retry`, `breaker-open`, `gate`, `limit`, `children` or `run-at`; `crash`, from the claim of an
   * attempt that one cut until it was noticed; null where it does not wait.
   */
  readonly reason: string | null;
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Where the time of one workflow went. */
export interface WorkflowProfileView {
  readonly id: string;
  readonly definition: string;
  readonly status: WorkflowStatus;
  /** When it was submitted, or came back from the dead letter queue. */
  readonly startedAt: number;
  /** Its end, or now. */
  readonly endedAt: number;
  readonly wallMs: number;
  /** They add up to `wallMs`. */
  readonly totalsMs: Readonly<Record<WorkflowProfilePart['kind'], number>>;
  /** False where only the event log is known of an attempt, such as after a restart: `agent` is all of it then. */
  readonly isMeasured: boolean;
  /** One after the other, without gaps. */
  readonly parts: readonly WorkflowProfilePart[];
}
