/** One entry of the daemon's event log. */
export interface LoggedEvent {
  readonly seq: number;
  readonly workflowId: string;
  readonly type: string;
  /** Wall clock, in ms. */
  readonly at?: number;
  /** As the daemon wrote it: `phase`, `nextPhase`, `status` after it, and the claim's `token`. */
  readonly data: Readonly<Record<string, unknown>>;
}
