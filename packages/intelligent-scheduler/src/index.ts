export type { Dropped } from './dropped.ts';
export {
  type DurationEstimate,
  DurationHistory,
  type DurationHistoryOptions,
} from './duration-history.ts';
export type { DurationRecord } from './duration-record.ts';
export { QueueFullError } from './errors.ts';
export type { SchedulerEvent } from './events.ts';
export type { Explanation } from './explanation.ts';
export {
  type Backpressure,
  IntelligentScheduler,
  type PopContext,
  type SchedulerDeps,
} from './intelligent-scheduler.ts';
export type { IntelligentSchedulerOptions } from './options.ts';
export { rank } from './rank.ts';
export {
  score,
  type Score,
  type ScoreContext,
  type ScoreParts,
  starvationBoundMs,
} from './score.ts';
export type { ScoreOptions } from './score-options.ts';
export { type StaticKey, staticKey } from './static-key.ts';
export type { Task } from './task.ts';
export type { Lane } from './task-queue.ts';
