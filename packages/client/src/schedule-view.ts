/** Work that starts again and again, as the daemon's settings say. Instants are wall-clock ms. */
export interface ScheduleView {
  readonly name: string;
  readonly cron: string;
  readonly timezone: string;
  readonly definition: string;
  /** What happens at an instant while what was started before has not ended. */
  readonly overlap: 'skip' | 'queue' | 'cancel-previous';
  /** What becomes of instants that passed while the daemon was down or asleep. */
  readonly catchUp: 'none' | 'last' | { readonly all: number };
  /** Starts are delayed by up to this. */
  readonly jitterMs: number;
  readonly isPaused: boolean;
  /** Null while it is paused, and when nothing comes any more. */
  readonly nextAt: number | null;
  /** Instants that wait for what was started before to end. */
  readonly pending: readonly number[];
  /** Ids of its workflows that have not ended. */
  readonly active: readonly string[];
  readonly last: {
    /** The instant that it was for. */
    readonly instant: number;
    readonly at: number;
    readonly workflowId: string;
  } | null;
}
