import type { WorkflowProfileView } from '@chimera/client';
import type { Clock } from '@chimera/policy';
import type { WorkflowStore } from '@chimera/workflow-store';
import type { RecentTimings } from '../telemetry/recent-timings.ts';
import { workflowParts } from './workflow-parts.ts';

export interface PerformanceProfilerDeps {
  readonly store: Pick<WorkflowStore, 'events' | 'get'>;
  readonly timings: Pick<RecentTimings, 'of'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** More than any workflow should have; what is beyond is not in its profile. */
const mostEvents = 10_000;

/** Tells where the time of one workflow goes. */
export class PerformanceProfiler {
  readonly #deps: PerformanceProfilerDeps;

  constructor(deps: PerformanceProfilerDeps) {
    this.#deps = deps;
  }

  /** Undefined when there is no such workflow. */
  async profile(workflowId: string): Promise<WorkflowProfileView | undefined> {
    const { clock, store, timings } = this.#deps;
    const record = await store.get(workflowId);
    if (record === undefined) return undefined;
    const events = await store.events({ workflowId, limit: mostEvents });
    const { isMeasured, parts } = workflowParts(
      record,
      events,
      timings.of(workflowId),
      clock.now(),
    );
    const startedAt = parts[0]?.startedAt ?? record.createdAt;
    const endedAt = parts.at(-1)?.endedAt ?? startedAt;
    return {
      id: record.id,
      definition: record.definition,
      status: record.state.status,
      startedAt,
      endedAt,
      wallMs: endedAt - startedAt,
      totalsMs: totalsOf(parts),
      isMeasured,
      parts,
    };
  }
}

function totalsOf(parts: WorkflowProfileView['parts']): WorkflowProfileView['totalsMs'] {
  const totals = { queue: 0, slot: 0, agent: 0, transition: 0, database: 0, waiting: 0 };
  for (const { endedAt, kind, startedAt } of parts) totals[kind] += endedAt - startedAt;
  return totals;
}
