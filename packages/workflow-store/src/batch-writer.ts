/** What a group of operations has done, as statements: they are committed together, or none of them is. */
export interface Batch {
  /** Numbers of statements, each followed by its values. */
  readonly steps: readonly unknown[];
  /** Number of the newest event in it; whoever finds that event finds all of the batch. */
  readonly lastEvent: number;
}

/** Commits batches elsewhere, one after the other. */
export interface BatchWriter {
  /** False before it has begun, and once it is over. */
  readonly isOpen: boolean;
  /** Fewer operations than this are committed sooner here than they come and go. */
  readonly fewest: number;
  /** Of operations in a batch: while it is written, the next one is made ready. */
  readonly most: number;
  /**
   * Resolves true once the batch is committed, and false when nothing of it has happened, nor of
   * those that were handed over after it. Never rejects.
   */
  write(batch: Batch): Promise<boolean>;
  /** Moves what is committed from the log into the database, some time soon. */
  checkpoint(): void;
  close(): Promise<void>;
}
