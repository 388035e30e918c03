import { ChurnMap } from '@chimera/policy';
import type { StoredWorkflow } from './stored-workflow.ts';

/** More than most pools have slots and most queues are long. */
const mostKept = 8_192;
/** Of inputs and outputs, in characters of JSON: workflows that carry much leave room for fewer. */
const mostCharacters = 16_777_216;
/** Where there is no more room, some of it is made. */
const [leastKept, leastCharacters] = [mostKept - 256, mostCharacters - 524_288];

/**
 * Workflows as they were last written. A workflow is mostly touched again soon (claimed after it
 * was queued, ended after it was claimed), and as the file has one owner, what this process wrote
 * is what the disk has.
 */
export class RecentWorkflows {
  readonly #byId = new ChurnMap<string, StoredWorkflow>();
  #characters = 0;

  get(id: string): StoredWorkflow | undefined {
    return this.#byId.get(id);
  }

  keep(workflow: StoredWorkflow): void {
    const { id } = workflow.record;
    this.forget(id);
    this.#byId.set(id, workflow);
    this.#characters += workflow.characters;
    if (this.#isFull) this.#forgetOldest();
  }

  /** One that has just come goes behind all that wait: it takes nobody's place. */
  keepNew(workflow: StoredWorkflow): void {
    const characters = this.#characters + workflow.characters;
    if (this.#byId.size >= mostKept || characters > mostCharacters) return;
    this.#byId.set(workflow.record.id, workflow);
    this.#characters = characters;
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

  /** Some at once: a map passes over the places of all that have gone from its front, each time anew. */
  #forgetOldest(): void {
    for (const id of this.#byId.keys()) {
      if (this.#byId.size <= leastKept && this.#characters <= leastCharacters) return;
      this.forget(id);
    }
  }

  get #isFull(): boolean {
    return this.#byId.size > mostKept || this.#characters > mostCharacters;
  }
}
