import type { FailureRecord, Json } from '@chimera/workflow';

export interface DeadLetterView {
  readonly id: string;
  readonly workflowId: string;
  readonly status: 'open' | 'requeued' | 'resolved' | 'discarded';
  readonly phase: string;
  readonly agent: string | null;
  readonly fingerprint: string;
  readonly error: FailureRecord;
  readonly retryCount: number;
  readonly failedAt: number;
  readonly resolution: string | null;
  readonly requeuedAt: number | null;
  readonly previousId: string | null;
  /** State of the workflow at its death; only where one dead letter was asked for. */
  readonly workflowState?: Json;
}

/** Which dead letters; every field given must match. */
export interface DeadLetterSelection {
  readonly fingerprint?: string | undefined;
  readonly phase?: string | undefined;
  readonly agent?: string | undefined;
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
  /** How long to wait after each step for failures to return, in ms. Default 30 000. */
  readonly observeMs?: number | undefined;
  /** After steps of one and of ten. Default 100. */
  readonly batchSize?: number | undefined;
  /** Failures that may return before it stops. Default 0. */
  readonly tolerate?: number | undefined;
}

export interface RedriveView {
  readonly startedAt: number;
  readonly filter: DeadLetterSelection;
  readonly outcome: 'under-way' | 'finished' | 'failures-returned' | 'aborted' | 'failed';
  /** Dead letters whose workflows were queued again, in this order. */
  readonly requeued: readonly string[];
  /** Their new dead letters. */
  readonly returned: readonly string[];
  /** Left as they are, and the code of the refusal. */
  readonly skipped: readonly { readonly id: string; readonly code: string }[];
  /** Why it failed. */
  readonly error: string | null;
}
