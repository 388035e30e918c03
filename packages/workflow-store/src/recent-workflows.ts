import type { StoredWorkflow } from './stored-workflow.ts';

/** More than most pools have slots, and little memory: what a holder runs, it has in its hands anyway. */
const keptWorkflows = 512;

/**
 * Workflows as they were last written. A workflow is mostly touched again soon (claimed after it
 * was queued, ended after it was claimed), and as the file has one owner, what this process wrote
 * is what the disk has.
 */
export class RecentWorkflows {
  readonly #byId = new Map<string, StoredWorkflow>();

  get(id: string): StoredWorkflow | undefined {
    return this.#byId.get(id);
  }

  keep(workflow: StoredWorkflow): void {
    const { id } = workflow.record;
    this.#byId.delete(id);
    this.#byId.set(id, workflow);
    if (this.#byId.size <= keptWorkflows) return;
    const [oldest] = this.#byId.keys();
    if (oldest !== undefined) this.#byId.delete(oldest);
  }

  forget(id: string): void {
    this.#byId.delete(id);
  }

  /** To be called when a transaction, or a part of one, is rolled back. */
  forgetAll(): void {
    this.#byId.clear();
  }
}
