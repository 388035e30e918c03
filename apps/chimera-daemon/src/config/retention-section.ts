import { z } from 'zod';
import { count, duration, durationFrom, section } from './fields.ts';

const kept = z.union([z.literal('forever').transform(() => undefined), duration], {
  error: "must be a duration ('12h', '7d') or forever",
});

/** How long what has ended is kept. */
export const retentionSection = section({
  completed: kept.prefault('7d'),
  cancelled: kept.prefault('7d'),
  /** Counted from when the last of its dead letters was resolved, discarded or requeued; open ones are kept. */
  dead: kept.prefault('30d'),
  /** Workflows deleted in one transaction. */
  batch: count.min(1).max(1000).default(50),
  /** From the end of a sweep to the next. */
  interval: durationFrom(1_000, '1s').prefault('1h'),
});

export type RetentionConfig = z.output<typeof retentionSection>;
