import type { ErrorRecord } from './error-record.ts';
import type { Json } from './json.ts';

export const deadLetterStatuses = ['open', 'requeued', 'resolved', 'discarded'] as const;

/** `open` waits for somebody; the others say what was done about it. */
export type DeadLetterStatus = (typeof deadLetterStatuses)[number];

/** One death of one task, with what is needed to understand it and to run the task again. */
export interface DeadLetter {
  readonly id: string;
  readonly taskId: string;
  readonly status: DeadLetterStatus;
  /** The same for deaths of the same cause: root cause's code, phase and agent. */
  readonly fingerprint: string;
  readonly phase: string | undefined;
  readonly agent: string | undefined;
  /** The state the task died in; null when none was given. */
  readonly workflowState: Json;
  readonly error: ErrorRecord;
  readonly retryCount: number;
  /** What each attempt left, oldest first, in the caller's own shape. */
  readonly attempts: readonly Json[];
  /** Wall-clock ms, as are all instants here. */
  readonly failedAt: number;
  /** 1 for the task's first death. */
  readonly death: number;
  /** How often the task had been requeued from here before this death. */
  readonly replays: number;
  /** The dead letter of the death before this one. */
  readonly previousId: string | undefined;
  readonly investigatedAt: number | undefined;
  readonly investigatedBy: string | undefined;
  readonly note: string | undefined;
  /** Why it was resolved or discarded. */
  readonly resolution: string | undefined;
  readonly resolvedAt: number | undefined;
  readonly resolvedBy: string | undefined;
  readonly requeuedAt: number | undefined;
  readonly requeuedBy: string | undefined;
  /** What was changed for the new run; undefined when nothing was. */
  readonly requeuedWith: RequeueChange | undefined;
}

/** What a requeue changes about the task. It is kept with the dead letter and passed to `enqueue`. */
export interface RequeueChange {
  /** The phase to start from instead of the one it died in. */
  readonly phase?: string;
  /** The input to run with instead of the old one. */
  readonly input?: Json;
}

export interface NewDeadLetter {
  readonly taskId: string;
  /** An `Error`, a record such as {@link ErrorRecord}, or whatever was thrown. */
  readonly error: unknown;
  /** Anything that JSON can hold. Default null. */
  readonly workflowState?: unknown;
  /** Default 0. */
  readonly retryCount?: number;
  /** Anything that JSON can hold. Default none. */
  readonly attempts?: readonly unknown[];
  /**
   * How often the task had been requeued from here before. Default: as its entries say; of those
   * that were purged they know nothing, so whoever counts on its own should tell.
   */
  readonly replays?: number | undefined;
  readonly phase?: string | undefined;
  readonly agent?: string | undefined;
  /** Default: made of the root cause's code, phase and agent. */
  readonly fingerprint?: string | undefined;
  /** Default: now. */
  readonly failedAt?: number;
}

/** Every field given must match. */
export interface DeadLetterFilter {
  readonly status?: DeadLetterStatus | undefined;
  readonly taskId?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly phase?: string | undefined;
  readonly agent?: string | undefined;
  /** What their ids begin with. */
  readonly idPrefix?: string | undefined;
  /** Died before this instant. */
  readonly failedBefore?: number | undefined;
}

/** Deaths of one cause. */
export interface DeadLetterGroup {
  readonly fingerprint: string;
  readonly count: number;
  readonly open: number;
  /** Different tasks among them. */
  readonly tasks: number;
  readonly firstFailedAt: number;
  readonly lastFailedAt: number;
}
