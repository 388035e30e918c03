import type { StoredWorkflow } from './stored-workflow.ts';

/** More than most pools have slots and most queues are long. */
const mostKept = 8_192;
/** Of inputs and outputs, in characters of JSON: workflows that carry much leave room for fewer. */
const mostCharacters = 16_777_216;

/**
 * Workflows as they were last written. A workflow is mostly touched again soon (claimed after it
 * was queued, ended after it was claimed), and as the file has one owner, what this process wrote
 * is what the disk has.
 */
export class RecentWorkflows {
  readonly #byId = new Map<string, StoredWorkflow>();
  #characters = 0;

  get(id: string): StoredWorkflow | undefined {
    return this.#byId.get(id);
  }

  keep(workflow: StoredWorkflow): void {
    const { id } = workflow.record;
    this.forget(id);
    this.#byId.set(id, workflow);
    this.#characters += workflow.characters;
    while (this.#isFull) {
      const [oldest] = this.#byId.keys();
      if (oldest === undefined) return;
      this.forget(oldest);
    }
  }

  /** One that has just come goes behind all that wait: it takes nobody's place. */
  keepNew(workflow: StoredWorkflow): void {
    this.#byId.set(workflow.record.id, workflow);
    this.#characters += workflow.characters;
    if (this.#isFull) this.forget(workflow.record.id);
  }

  forget(id: string): void {
    const known = this.#byId.get(id);
    if (known === undefined) return;
    this.#byId.delete(id);
    this.#characters -= known.characters;
  }

  /** To be called when a transaction, or a part of one, is rolled back. */
  forgetAll(): void {
    this.#byId.clear();
    this.#characters = 0;
  }

  get #isFull(): boolean {
    return this.#byId.size > mostKept || this.#characters > mostCharacters;
  }
}
