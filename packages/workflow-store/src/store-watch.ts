import type { WorkflowRecord } from './workflow-record.ts';
import type { Applied, ApplyRequest, Claim, NewWorkflow, Submitted } from './workflow-store.ts';

/**
 * Hears what the store's writers did, after the commit and before whoever asked for it. A watch
 * must not throw.
 */
export interface StoreWatch {
  readonly submitted?: (workflows: readonly NewWorkflow[], submitted: readonly Submitted[]) => void;
  /** Never of no claims. */
  readonly claimed?: (claims: readonly Claim[]) => void;
  /** `applied` is undefined when the token was stale. */
  readonly applied?: (request: ApplyRequest, applied: Applied | undefined) => void;
  /** Taken from holders that are gone, with what moved along. Never of none. */
  readonly recovered?: (recovered: readonly Applied[]) => void;
  /** Children that nobody waits for any more, where a crash had come between. Never of none. */
  readonly stopped?: (records: readonly WorkflowRecord[]) => void;
  /** A write failed: nothing of it was done. */
  readonly refused?: (error: unknown) => void;
}
