export {
  Bulkhead,
  type BulkheadCallOptions,
  type BulkheadDeps,
  type BulkheadOptions,
  type BulkheadSnapshot,
} from './bulkhead.ts';
export { BulkheadFullError } from './bulkhead-full-error.ts';
export type { LimitEvent, RefusalReason } from './limit-event.ts';
export type { Permit } from './permit.ts';
export type { QueuedCall, QueueOptions } from './queue-options.ts';
