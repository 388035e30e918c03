import { refuseOption } from '@chimera/policy';

/** Ids of workflows, each above all before it: by this a workflow is found (`id-search.ts`). */
export class RisingIds {
  readonly #newId: () => string;
  #last: string;

  /** @param last the highest that the store has; the empty text when it has none. */
  constructor(newId: () => string, last: string) {
    this.#newId = newId;
    this.#last = last;
  }

  /** @throws RangeError for an id that is not above the last one. */
  next(): string {
    const id = this.#newId();
    if (id <= this.#last)
      refuseOption(
        'workflow-store',
        'newId',
        `a function whose ids rise, after "${this.#last}"`,
        id,
      );
    this.#last = id;
    return id;
  }
}
