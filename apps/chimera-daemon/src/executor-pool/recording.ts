/** How a run and its pool agree on the record of its outcome. */
export interface Recording {
  /** To be called when nothing runs any more and the outcome is on its way to the store. */
  begin(): void;
  /** To be called when what ran was ended by a SIGTERM that was not ours: during a stop it is the stop's. */
  terminated(): void;
  /** Aborts when a stop has waited for long enough: no disk is waited for any more. */
  readonly deadline: AbortSignal;
}
