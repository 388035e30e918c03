/** What became of the instants of a schedule. */
export type ScheduleNews =
  | {
      readonly type: 'started';
      readonly schedule: string;
      /** In its time, after it had been missed, after its turn had come, or by hand. */
      readonly trigger: 'catch-up' | 'clock' | 'manual' | 'queue';
      /** After its instant. */
      readonly lateMs: number;
    }
  /** They overlap with what runs. */
  | { readonly type: 'skipped'; readonly schedule: string; readonly count: number }
  /** Instants passed while nobody could decide upon them, and are not caught up. */
  | { readonly type: 'missed'; readonly schedule: string }
  /** The store refused; it is tried again. */
  | { readonly type: 'failed'; readonly schedule: string };
