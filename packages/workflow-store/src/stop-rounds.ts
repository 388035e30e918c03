import type { StoreContext } from './store-context.ts';
import type { WorkflowRecord } from './workflow-record.ts';

interface Step {
  readonly records: readonly WorkflowRecord[];
  readonly isOver: boolean;
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

  /** What has led to them is committed: a step that fails is left to the next `goOn`. */
  async afterCommit(): Promise<readonly WorkflowRecord[]> {
    const records: WorkflowRecord[] = [];
    await this.#goOn(records).catch(() => undefined);
    return records;
  }

  /** Whoever comes while they are being taken gets nobody: their records are the first one's. */
  async goOn(): Promise<readonly WorkflowRecord[]> {
    const records: WorkflowRecord[] = [];
    await this.#goOn(records);
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
