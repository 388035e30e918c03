export { DeadLetterQueue } from './dead-letter-queue.ts';
export type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterGroup,
  DeadLetterStatus,
  NewDeadLetter,
  RequeueChange,
} from './dead-letter.ts';
export { type ErrorRecord, recordOf } from './error-record.ts';
export {
  DeadLetterNotFoundError,
  DeadLetterNotOpenError,
  DeadLetterSchemaTooNewError,
  DeadLetterTableMissingError,
  DeadLetterUnreadableError,
  ReplaysExhaustedError,
} from './errors.ts';
export { fingerprintOf } from './fingerprint.ts';
export type { Json, JsonObject } from './json.ts';
export type {
  DeadLetterCounts,
  DeadLetterPage,
  DeadLetterQueueDeps,
  DeadLetterQueueOptions,
  Enqueue,
  ListOptions,
  PurgeOptions,
  RequeueOptions,
} from './options.ts';
export {
  redrive,
  type RedrivableQueue,
  type RedriveOptions,
  type RedriveReport,
} from './redrive.ts';
