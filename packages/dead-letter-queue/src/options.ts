import type { Clock, Duration } from '@chimera/policy';
import type { Transaction } from 'kysely';
import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterStatus,
  RequeueChange,
} from './dead-letter.ts';
import type { DeadLetterUnreadableError } from './errors.ts';

export interface DeadLetterQueueOptions {
  /** Name of its table, lower-case. Default `dead_letters`. */
  readonly table?: string;
  /** How often one task may be requeued from here. Default 10. */
  readonly maxReplays?: number;
}

export interface DeadLetterQueueDeps {
  readonly clock?: Clock;
  /** Default `crypto.randomUUID`. */
  readonly newId?: () => string;
}

export interface ListOptions extends DeadLetterFilter {
  /** 1 to 1 000. Default 50. */
  readonly limit?: number | undefined;
  /** `nextCursor` of the page before. */
  readonly cursor?: string | undefined;
}

export interface DeadLetterPage {
  /** Newest first. */
  readonly items: readonly DeadLetter[];
  /** Rows of this page that could not be read; they count towards `limit`. */
  readonly unreadable: readonly DeadLetterUnreadableError[];
  /** Undefined on the last page. */
  readonly nextCursor: string | undefined;
}

export type DeadLetterCounts = Readonly<Record<DeadLetterStatus, number>>;

export interface RequeueOptions extends RequeueChange {
  readonly by?: string;
  /** Instead of the queue's own. */
  readonly maxReplays?: number;
}

/** Puts the task back where it runs, inside the transaction that marks its dead letter requeued. */
export type Enqueue<DB> = (
  entry: DeadLetter,
  transaction: Transaction<DB>,
  change: RequeueChange,
) => Promise<void>;

export interface PurgeOptions {
  /** Removes what was closed longer ago than this; of open entries the time of death counts. */
  readonly olderThan: Duration;
  /** Default: `resolved`, `discarded` and `requeued`. */
  readonly statuses?: readonly DeadLetterStatus[];
  /** Rows per DELETE, so that no transaction is long. Default 500. */
  readonly batchSize?: number;
}
