/** How a run and its pool agree on the record of its outcome. */
export interface Recording {
  /** To be called when nothing runs any more and the outcome is on its way to the store. */
  begin(): void;
  /** Aborts when a stop has waited for long enough: no disk is waited for any more. */
  readonly deadline: AbortSignal;
}
