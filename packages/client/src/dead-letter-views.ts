import type { FailureRecord, Json, JsonObject } from '@chimera/workflow';
import type { PhaseRunView } from './resources.ts';

/** `open` waits for somebody; the others say what was done about it. */
export const deadLetterStatuses = ['open', 'requeued', 'resolved', 'discarded'] as const;

export interface DeadLetterView {
  readonly id: string;
  readonly workflowId: string;
  readonly status: (typeof deadLetterStatuses)[number];
  readonly phase: string;
  readonly agent: string | null;
  readonly fingerprint: string;
  readonly error: FailureRecord;
  readonly retryCount: number;
  readonly failedAt: number;
  readonly resolution: string | null;
  readonly requeuedAt: number | null;
  /** What its requeue changed; null when nothing was, or it was not requeued. */
  readonly requeuedWith: { readonly phase?: string; readonly input?: Json } | null;
  /** Dead letter of the death before. */
  readonly previousId: string | null;
  /** 1 for the workflow's first death. */
  readonly death: number;
  /** How often it had been requeued before this death; the daemon does so ten times at most. */
  readonly replays: number;
  readonly investigatedAt: number | null;
  /** What was found out. */
  readonly note: string | null;
  /** Who requeued, resolved or discarded it, as they said. */
  readonly closedBy: string | null;
  /** State of the workflow at its death; only where one dead letter was asked for. */
  readonly workflowState?: Json;
  /**
   * What its workflow died with, without what looks like a secret; only where one dead letter was
   * asked for that was not requeued, and for as long as its workflow is kept.
   */
  readonly input?: JsonObject;
  /** Those that led to this death; only where one dead letter was asked for, and for as long as its workflow is kept. */
  readonly attempts?: readonly PhaseRunView[];
}

export interface RequeueRequest {
  /** Instead of the one that failed. */
  readonly phase?: string;
  /** Instead of the one that it died with. */
  readonly input?: JsonObject;
  /** Who asks; kept with the dead letter. */
  readonly by?: string;
}

/** Which dead letters; every field given must match. */
export interface DeadLetterSelection {
  readonly fingerprint?: string | undefined;
  readonly phase?: string | undefined;
  readonly agent?: string | undefined;
}

export interface DeadLetterFilter extends DeadLetterSelection {
  readonly status?: DeadLetterView['status'] | undefined;
  /** Id of the workflow that they are of. */
  readonly workflow?: string | undefined;
  /** What their ids begin with. */
  readonly idPrefix?: string | undefined;
}

/** Dead letters of one cause. */
export interface DeadLetterGroupView {
  readonly fingerprint: string;
  readonly count: number;
  readonly open: number;
  readonly workflows: number;
  readonly firstFailedAt: number;
  readonly lastFailedAt: number;
  /** The newest of them. */
  readonly example: {
    readonly id: string;
    readonly phase: string;
    readonly agent: string | null;
    readonly error: string;
  };
}

export interface RedriveRequest extends DeadLetterSelection {
  /** Instead of a selection: whatever they died of. */
  readonly all?: boolean | undefined;
  /** How long to wait after each step for failures to return, in ms. Default 30 000. */
  readonly observeMs?: number | undefined;
  /** How long a step's workflows may be kept from running on after that, in ms. Default 3 600 000. */
  readonly settleWithinMs?: number | undefined;
  /** After steps of one and of ten. Default 100. */
  readonly batchSize?: number | undefined;
  /** Failures that may return before it stops. Default 0. */
  readonly tolerate?: number | undefined;
}

export interface RedriveView {
  readonly startedAt: number;
  readonly filter: DeadLetterSelection;
  readonly outcome:
    | 'under-way'
    | 'finished'
    | 'failures-returned'
    /** Workflows of the latest step have not run on in time. */
    | 'stalled'
    | 'aborted'
    | 'failed';
  /** Dead letters whose workflows were queued again, in this order. */
  readonly requeued: readonly string[];
  /** Their new dead letters. */
  readonly returned: readonly string[];
  /** Of the latest step, those whose workflows have not passed their phase yet: a wait proves nothing. */
  readonly underWay: readonly string[];
  /** Left as they are, and the code of the refusal. */
  readonly skipped: readonly { readonly id: string; readonly code: string }[];
  /** Why it failed, or stalled. */
  readonly error: string | null;
}
