import type { StoreContext } from './store-context.ts';
import type { WorkflowRecord } from './workflow-record.ts';
import type { Applied } from './workflow-store.ts';

interface Step {
  readonly records: readonly WorkflowRecord[];
  readonly isOver: boolean;
}

/** Whether children may be left of those that an event stopped: all that it came to may be being stopped already. */
export function mayStopMore({ commands, others }: Applied): boolean {
  return others.length > 0 || commands.some(({ type }) => type === 'stop-children');
}

/** Takes the steps in which many children are stopped, one after the other: only ever one at a time. */
export class StopRounds {
  readonly #stopping: StoreContext['stopping'];
  readonly #step: () => Promise<Step>;
  #isUnderWay = false;

  constructor(stopping: StoreContext['stopping'], step: () => Promise<Step>) {
    this.#stopping = stopping;
    this.#step = step;
  }

  /** Adds who is stopped in the steps after an event. It is committed: a step that fails is left to the next `goOn`. */
  async after(applied: Applied): Promise<Applied> {
    const records: WorkflowRecord[] = [];
    await this.#goOn(records).catch(() => undefined);
    return records.length === 0 ? applied : { ...applied, others: [...applied.others, ...records] };
  }

  /**
   * Whoever comes while they are being taken gets nobody: their records are the first one's.
   * Rejects when the first step fails; who was stopped before a later one is told of.
   */
  async goOn(): Promise<readonly WorkflowRecord[]> {
    const records: WorkflowRecord[] = [];
    await this.#goOn(records).catch((error: unknown) => {
      if (records.length === 0) throw error;
    });
    return records;
  }

  async #goOn(records: WorkflowRecord[]): Promise<void> {
    if (this.#isUnderWay || !this.#stopping.mayBeLeft) return;
    this.#isUnderWay = true;
    try {
      for (let isOver = false; !isOver;) {
        const step = await this.#step();
        records.push(...step.records);
        // Somebody may have noted more since.
        isOver = step.isOver && !this.#stopping.mayBeLeft;
      }
    } catch (error) {
      // What the step did is undone.
      this.#stopping.mayBeLeft = true;
      throw error;
    } finally {
      this.#isUnderWay = false;
    }
  }
}
