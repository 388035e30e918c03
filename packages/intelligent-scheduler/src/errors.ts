import { RejectionError } from '@chimera/policy';
import type { Scope } from './capacity.ts';

/** The queue, or a tenant's part of it, holds as many tasks as it may. */
export class QueueFullError extends RejectionError {
  override readonly name = 'QueueFullError';
  readonly code = 'QUEUE_FULL';
  readonly scope: Scope;
  readonly limit: number;
  readonly taskId: string;
  readonly tenant: string | undefined;

  constructor(scope: Scope, limit: number, taskId: string, tenant?: string) {
    const full =
      scope === 'queue' ? 'The queue is full' : `The queue is full for tenant ${tenant ?? '""'}`;
    super(`${full}: ${limit} tasks wait; push task "${taskId}" again when one has started`);
    this.scope = scope;
    this.limit = limit;
    this.taskId = taskId;
    this.tenant = tenant;
  }
}
