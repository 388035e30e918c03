import type { StoredEvent } from '@chimera/workflow-store';
import type { WorkflowTimings } from '../telemetry/recent-timings.ts';
import { spanIdOf } from '../telemetry/trace-identity.ts';
import type { SpanRecord } from './span-record.ts';

/**
 * One span for each change of a workflow: from its decision until it was durable. Many workflows
 * share a commit; each has its own wait for it.
 */
export function commitSpans(
  changes: readonly StoredEvent[],
  commitOf: WorkflowTimings['commitOf'],
  {
    id,
    parentOf,
    traceId,
  }: {
    /** The workflow's. */
    readonly id: string;
    readonly traceId: string;
    /** Id of the span that a change's is below of. */
    readonly parentOf: (change: StoredEvent) => string;
  },
): readonly SpanRecord[] {
  return changes.flatMap((change): SpanRecord[] => {
    const commit = commitOf(change.seq);
    if (commit === undefined) return [];
    return [
      {
        traceId,
        spanId: spanIdOf(id, 'commit', change.seq),
        parentSpanId: parentOf(change),
        name: 'COMMIT',
        kind: 'client',
        startedAt: change.at,
        endedAt: Math.max(change.at, commit.committedAt),
        attributes: {
          'db.system.name': 'sqlite',
          'db.operation.name': 'COMMIT',
          // By the conventions, a batch of one is none.
          ...(commit.operations > 1 ? { 'db.operation.batch.size': commit.operations } : {}),
          'chimera.event': change.type,
        },
        status: 'unset',
      },
    ];
  });
}
