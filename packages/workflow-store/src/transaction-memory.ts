import type { Batch } from './batch-writer.ts';
import type { StoreContext } from './store-context.ts';

/** What is kept in memory of what transactions do. */
export interface TransactionMemory {
  /** Writes what the operations so far have kept back. */
  flush(): void;
  committed(): void;
  /** Takes what the operations so far have kept back, for another thread to write. */
  seal(): Batch;
  /** The oldest sealed batch is committed. */
  landed(): void;
  /** Nothing has happened of what is not committed. */
  rolledBack(): void;
  /** Returns the function that undoes what is done from here on, within a transaction that goes on. */
  mark(): () => void;
}

/** Of all parts of the store that keep something in memory. */
export function transactionMemory({
  limits,
  nextDue,
  pending,
  recent,
  front,
  tally,
}: Pick<
  StoreContext,
  'limits' | 'nextDue' | 'pending' | 'recent' | 'front' | 'tally'
>): TransactionMemory {
  const forgetRead = () => {
    recent.forgetAll();
    front.forget();
    nextDue.forget();
  };
  return {
    flush: () => pending.flush(),
    committed: () => {
      limits.committed();
      tally.committed();
    },
    seal: () => {
      const batch = pending.seal();
      limits.seal();
      tally.seal();
      return batch;
    },
    landed: () => {
      pending.landed();
      limits.landed();
      tally.landed();
    },
    rolledBack: () => {
      pending.discardAll();
      limits.rolledBack();
      tally.rolledBack();
      forgetRead();
    },
    mark: () => {
      const [undoLimits, undoTally] = [limits.mark(), tally.mark()];
      return () => {
        pending.discard();
        undoLimits();
        undoTally();
        forgetRead();
      };
    },
  };
}
