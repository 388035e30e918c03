import type {
  Applied,
  ApplyRequest,
  Claim,
  StoreWatch,
  WorkflowRecord,
  WorkflowStore,
} from '@chimera/workflow-store';
import { outcomeOf } from './outcome-of.ts';
import { phaseBefore } from './phase-before.ts';
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
export class WorkflowHistory implements StoreWatch {
  readonly #finished = new Recent<FinishedWorkflow>(windowSize);
  readonly #waits = new Recent<number>(windowSize);
  /** By definition and phase. */
  readonly #phases = new Map<string, Map<string, PhaseEnds>>();

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
    return [...this.#phases].flatMap(([definition, phases]) =>
      [...phases].map(([phase, { agent, failures }]) => ({
        definition,
        phase,
        agent,
        failures: failures.values,
      })),
    );
  }

  claimed(claims: readonly Claim[]): void {
    for (const { record } of claims) this.#waits.add(Math.max(0, record.updatedAt - record.runAt));
  }

  applied(request: ApplyRequest, applied: Applied | undefined): void {
    if (applied === undefined || applied.commands[0]?.type === 'ignore') return;
    this.#attempt(request, applied.record);
    this.#end(applied.record);
    for (const other of applied.others) this.#end(other);
  }

  recovered(recovered: readonly Applied[]): void {
    for (const { others, record } of recovered) {
      this.#end(record);
      for (const other of others) this.#end(other);
    }
  }

  stopped(records: readonly WorkflowRecord[]): void {
    for (const record of records) this.#end(record);
  }

  #attempt({ event, run }: ApplyRequest, record: WorkflowRecord): void {
    const outcome = outcomeOf(event, record);
    if (outcome !== 'succeeded' && outcome !== 'rejected' && outcome !== 'failed') return;
    const { definition } = record;
    const phase = phaseBefore(event, record);
    let phases = this.#phases.get(definition);
    if (phases === undefined) {
      phases = new Map();
      this.#phases.set(definition, phases);
    }
    let ends = phases.get(phase);
    if (ends === undefined) {
      ends = { agent: undefined, failures: new Recent(windowSize) };
      phases.set(phase, ends);
    }
    ends.agent = run?.agent;
    ends.failures.add(outcome === 'failed');
  }

  #end({ createdAt, definition, finishedAt, state }: WorkflowRecord): void {
    const { retries, status } = state;
    if (finishedAt === undefined) return;
    if (status !== 'completed' && status !== 'dead' && status !== 'cancelled') return;
    const durationMs = Math.max(0, finishedAt - createdAt);
    this.#finished.add({ definition, status, durationMs, retries, finishedAt });
  }
}
