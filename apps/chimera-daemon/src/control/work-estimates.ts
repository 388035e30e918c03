import { DurationHistory } from '@chimera/intelligent-scheduler';
import type { Clock } from '@chimera/policy';
import type { WorkflowRecord, WorkflowStore } from '@chimera/workflow-store';
import type { Logger } from '../log.ts';
import { workflowFields } from '../telemetry/phase-scope.ts';

export interface WorkEstimatesDeps {
  readonly store: Pick<WorkflowStore, 'list' | 'phaseRuns'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Logger;
}

/** Of each definition one completed workflow is looked at in this time: a busy daemon has other things to read. */
const lookEveryMs = 100;
/** Read at the start. */
const remembered = 200;

/**
 * How long workflows of a definition keep a slot, from those that completed: the time of all their
 * phases, retries and rework included, without the waits in between. Nine in ten take no longer.
 */
export class WorkEstimates {
  readonly #deps: WorkEstimatesDeps;
  readonly #history = new DurationHistory();
  readonly #lookedAt = new Map<string, number>();

  constructor(deps: WorkEstimatesDeps) {
    this.#deps = deps;
  }

  /** Learns from what the store remembers; to be called once, before the first estimate. */
  async load(): Promise<void> {
    const { items } = await this.#deps.store.list({ status: 'completed', limit: remembered });
    for (const record of items.toReversed()) await this.#tryToLearn(record);
  }

  /** Takes note of a workflow that is over. A failure is logged: the work itself is done. */
  async observe(record: WorkflowRecord): Promise<void> {
    const { clock } = this.#deps;
    if (record.state.status !== 'completed') return;
    const at = clock.monotonic();
    if (at - (this.#lookedAt.get(record.definition) ?? -Infinity) < lookEveryMs) return;
    this.#lookedAt.set(record.definition, at);
    await this.#tryToLearn(record);
  }

  /** In ms; undefined until five of the definition have completed. */
  of(definition: string): number | undefined {
    return this.#history.estimate(definition)?.p90Ms;
  }

  async #tryToLearn(record: WorkflowRecord): Promise<void> {
    try {
      await this.#learn(record);
    } catch (error) {
      this.#deps.log.warn(
        { err: error, component: 'scheduler', ...workflowFields(record) },
        'how long it took is not known; the next of its kind will tell',
      );
    }
  }

  async #learn({ definition, id }: WorkflowRecord): Promise<void> {
    let tookMs = 0;
    for (const { endedAt, outcome, startedAt } of await this.#deps.store.phaseRuns(id)) {
      // One that a crash cut ended long before anybody noticed.
      if (endedAt === undefined || outcome === 'interrupted') continue;
      // The wall clock may have gone back meanwhile.
      tookMs += Math.max(0, endedAt - startedAt);
    }
    this.#history.observe(definition, tookMs);
  }
}
