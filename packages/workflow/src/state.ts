import type { Json } from './json.ts';

/** An error as it is stored: plain data, with the chain of its causes. */
export interface FailureRecord {
  /** Machine-readable, such as `AGENT_TIMEOUT`. */
  readonly code: string;
  readonly message: string;
  /** False for what a second try cannot change. */
  readonly retryable: boolean;
  /** What the agent printed, exit code, signal…; bounded by the agent. */
  readonly details?: Json;
  readonly cause?: FailureRecord;
}

/** Why a workflow came back to an earlier phase; given to the agent as input. */
export interface Feedback {
  readonly fromPhase: string;
  readonly visit: number;
  readonly reason: string;
  readonly output: Json;
}

/** What a finished phase left behind; later phases get it as input. Never erased by rework. */
export interface Artifact {
  readonly phase: string;
  readonly visit: number;
  readonly output: Json;
}

/** The children that the current visit of a phase has started, by their index. */
export interface ChildrenProgress {
  readonly count: number;
  readonly completed: readonly number[];
  /** Dead or cancelled. */
  readonly failed: readonly number[];
  /** What becomes of the others makes no difference any more. */
  readonly decided: boolean;
  /** Submitted so far; absent once all are. Nothing is decided before. */
  readonly started?: number;
}

export type QueuedReason =
  | 'children-ended'
  | 'new'
  | 'next-phase'
  | 'rework'
  | 'shutdown'
  | 'recovered'
  | 'woken'
  | 'requeued';

export type WaitReason =
  | { readonly kind: 'retry'; readonly error: FailureRecord }
  | {
      readonly kind: 'breaker-open';
      readonly agent: string;
      /** What the agent failed with last: `CODE: message`. */
      readonly lastError?: string;
    }
  | { readonly kind: 'limit'; readonly limit: string }
  | { readonly kind: 'gate'; readonly gate: string }
  | {
      readonly kind: 'children';
      readonly pending: number;
      readonly done: number;
      readonly failed: number;
    };

/** Why a policy does not let a phase begin. */
export type ParkReason = Exclude<WaitReason, { readonly kind: 'children' }>;

export type DeathCause =
  | { readonly kind: 'failed'; readonly error: FailureRecord }
  | { readonly kind: 'rejected'; readonly reason: string; readonly output: Json }
  | { readonly kind: 'rework-exhausted'; readonly reason: string; readonly output: Json }
  | { readonly kind: 'recoveries-exhausted'; readonly recoveries: number }
  /** Of the whole workflow. */
  | {
      readonly kind: 'timed-out';
      readonly timeoutMs: number;
      /** What it was about to be retried after. */
      readonly lastError?: FailureRecord;
    };

/** What every state of a workflow knows. */
export interface Progress {
  /** The current phase; of a terminal state, the last one. */
  readonly phase: string;
  /** Visits of every phase so far, the current one included. */
  readonly visits: Readonly<Record<string, number>>;
  /** Attempts spent in this visit of this phase. The first makes it 1. */
  readonly attempts: number;
  /** Retries over the whole workflow. */
  readonly retries: number;
  /** Times a crash took the workflow from its holder. */
  readonly recoveries: number;
  /**
   * Times it came back from the dead letter queue; absent is 0. Visits are counted afresh after
   * each, so a key that must be unique per visit takes this number in.
   */
  readonly requeues?: number;
  /** When the whole workflow has to be over; set by its first start, where the definition has a timeout. */
  readonly deadline?: number;
  /** Present from the start of a phase's first child until the phase is left. */
  readonly children?: ChildrenProgress;
  readonly artifacts: readonly Artifact[];
  readonly feedback: readonly Feedback[];
}

export type WorkflowState = Progress &
  (
    | { readonly status: 'queued'; readonly reason: QueuedReason }
    | {
        readonly status: 'running';
        readonly cancelRequested: boolean;
        /** Present when `cancelRequested` is true. */
        readonly cancelReason?: string;
        /** Its deadline is over: it dies when its phase has ended, unless that completes it. */
        readonly timedOut?: true;
      }
    | { readonly status: 'waiting'; readonly until: number; readonly reason: WaitReason }
    | { readonly status: 'completed' }
    | { readonly status: 'dead'; readonly cause: DeathCause }
    | { readonly status: 'cancelled'; readonly reason: string }
  );

export type WorkflowStatus = WorkflowState['status'];

/** What can happen to a workflow. Instants are wall-clock ms: they are stored. */
export type WorkflowEvent =
  /** A slot took it; starts an attempt. */
  | { readonly type: 'claimed'; readonly at: number }
  | { readonly type: 'phase-succeeded'; readonly at: number; readonly output: Json }
  /** The work was done and found wanting: a review's or a validation's verdict. Never retried as transient. */
  | {
      readonly type: 'phase-rejected';
      readonly at: number;
      readonly reason: string;
      readonly output: Json;
    }
  /** The work could not be done. The retry policy has already said whether and when to try again. */
  | {
      readonly type: 'phase-failed';
      readonly at: number;
      readonly error: FailureRecord;
      readonly retryAt: number | undefined;
    }
  /** A policy refused to start it (open breaker, full limit, closed gate): no attempt is spent. */
  | {
      readonly type: 'parked';
      readonly at: number;
      readonly until: number;
      readonly reason: ParkReason;
    }
  /** The next `count` of a phase's `total` children are submitted; more are to come, and it runs on. */
  | {
      readonly type: 'children-added';
      readonly at: number;
      readonly count: number;
      readonly total: number;
    }
  /**
   * The phase's children, `count` with those added before, are submitted; it waits for them without
   * a slot, for as long as its timeout says.
   */
  | { readonly type: 'children-started'; readonly at: number; readonly count: number }
  /** One of them ended; `failed` is dead or cancelled. `fork` names the visit that it belongs to, see `forkOf`. */
  | {
      readonly type: 'child-ended';
      readonly at: number;
      readonly fork: string;
      readonly index: number;
      readonly outcome: 'completed' | 'failed';
    }
  /** One of them came back from the dead letter queue. */
  | {
      readonly type: 'child-requeued';
      readonly at: number;
      readonly fork: string;
      readonly index: number;
    }
  /** The holder gave it back (`shutdown`) or died (`crash`): no attempt is spent, recoveries are counted. */
  | { readonly type: 'interrupted'; readonly at: number; readonly cause: 'shutdown' | 'crash' }
  /** An operator, or a breaker that closed early, ends the wait. */
  | { readonly type: 'woken'; readonly at: number }
  /** Applies at or after the deadline, and to no other workflow. */
  | { readonly type: 'timed-out'; readonly at: number }
  | { readonly type: 'cancel-requested'; readonly at: number; readonly reason: string }
  /** From the dead letter queue, at the phase given; attempts and visits start afresh, artifacts stay. */
  | { readonly type: 'requeued'; readonly at: number; readonly phase: string };

/** What the shell has to do after a transition, besides storing the state. */
export type WorkflowCommand =
  | { readonly type: 'run-phase'; readonly phase: string; readonly attempt: number }
  | { readonly type: 'stop-phase'; readonly reason: string }
  | { readonly type: 'dead-letter'; readonly cause: DeathCause }
  /** Nobody waits any more for the children of this fork that have not ended. */
  | { readonly type: 'stop-children'; readonly fork: string }
  /** The event does not apply in this state; the state is unchanged. */
  | { readonly type: 'ignore'; readonly reason: string };

export interface Transition {
  readonly state: WorkflowState;
  readonly commands: readonly WorkflowCommand[];
}
