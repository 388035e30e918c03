import type { Transaction } from 'kysely';
import type { ChimeraDatabase } from './tables.ts';

/** One write: what it does at once, in one piece, and what others add to its transaction. */
export type Operation<Result> = () => Written<Result>;

export interface Written<Result> {
  readonly result: Result;
  /** Runs in the same transaction; when it fails, nothing of the operation has happened. */
  readonly hook?: (trx: Transaction<ChimeraDatabase>) => Promise<void>;
}
