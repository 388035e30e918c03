import type { Applied, WorkflowRecord, WorkflowStore } from '@chimera/workflow-store';
import { perPair } from '../per-value.ts';
import { Recent } from './recent.ts';

/** The window of the mission's metrics. */
export const windowSize = 100;

/** A workflow that is over. */
export interface FinishedWorkflow {
  readonly definition: string;
  readonly status: 'completed' | 'dead' | 'cancelled';
  readonly durationMs: number;
  readonly retries: number;
  readonly finishedAt: number;
}

export interface PhaseAttempts {
  readonly definition: string;
  readonly phase: string;
  /** That made the latest of them; undefined where no agent did. */
  readonly agent?: string | undefined;
  /** Of the latest attempts, oldest first: whether each failed. */
  readonly failures: readonly boolean[];
}

interface PhaseEnds {
  agent: string | undefined;
  readonly failures: Recent<boolean>;
}

/** What the latest workflows and the latest attempts of each phase came to. */
export class WorkflowHistory {
  readonly #finished = new Recent<FinishedWorkflow>(windowSize);
  readonly #waits = new Recent<number>(windowSize);
  /** In the order in which they were seen first. */
  readonly #phases: (Pick<PhaseAttempts, 'definition' | 'phase'> & PhaseEnds)[] = [];
  readonly #ends = perPair((definition: string, phase: string): PhaseEnds => {
    const ends = { definition, phase, agent: undefined, failures: new Recent<boolean>(windowSize) };
    this.#phases.push(ends);
    return ends;
  });

  /** Those that ended before this process began. */
  async load(store: Pick<WorkflowStore, 'list'>): Promise<void> {
    const pages = await Promise.all(
      (['completed', 'dead', 'cancelled'] as const).map((status) =>
        store.list({ status, limit: windowSize }),
      ),
    );
    const records = pages.flatMap(({ items }) => items);
    records.sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0));
    for (const record of records) this.#end(record);
  }

  /** Oldest first. */
  get finished(): readonly FinishedWorkflow[] {
    return this.#finished.values;
  }

  /** Of the latest claims, in ms: how long the work could have been claimed before. */
  get slotWaitsMs(): readonly number[] {
    return this.#waits.values;
  }

  get phases(): readonly PhaseAttempts[] {
    const byDefinition = Map.groupBy(this.#phases, ({ definition }) => definition);
    return [...byDefinition.values()]
      .flat()
      .map(({ failures, ...phase }) => ({ ...phase, failures: failures.values }));
  }

  /** A workflow that was claimed could have been so long before. */
  waited(waitedMs: number): void {
    this.#waits.add(waitedMs);
  }

  /** An attempt of a phase has come to something; see `outcomeOf`. */
  attempted(definition: string, phase: string, outcome: string, agent: string | undefined): void {
    if (outcome !== 'succeeded' && outcome !== 'rejected' && outcome !== 'failed') return;
    const ends = this.#ends(definition, phase);
    ends.agent = agent;
    ends.failures.add(outcome === 'failed');
  }

  /** Workflows have moved; of those that are over it is noted. */
  moved(record: WorkflowRecord, others: readonly WorkflowRecord[]): void {
    if (record.finishedAt !== undefined) this.#end(record);
    for (const other of others) this.#end(other);
  }

  recovered(recovered: readonly Applied[]): void {
    for (const { others, record } of recovered) this.moved(record, others);
  }

  stopped(records: readonly WorkflowRecord[]): void {
    for (const record of records) this.#end(record);
  }

  #end({ createdAt, definition, finishedAt, state }: WorkflowRecord): void {
    const { retries, status } = state;
    if (finishedAt === undefined) return;
    if (status !== 'completed' && status !== 'dead' && status !== 'cancelled') return;
    const durationMs = Math.max(0, finishedAt - createdAt);
    this.#finished.add({ definition, status, durationMs, retries, finishedAt });
  }
}
