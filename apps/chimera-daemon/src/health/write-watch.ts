import type { WorkflowStore } from '@chimera/workflow-store';
import { isDiskFailure } from '../disk-failure.ts';

/**
 * Whether the database takes writes. It is asked again only after one was refused: a write that is
 * not needed would keep a disk awake for nothing.
 */
export class WriteWatch {
  readonly #store: Pick<WorkflowStore, 'keepStates'>;
  #refusal: string | null = null;

  constructor(store: Pick<WorkflowStore, 'keepStates'>) {
    this.#store = store;
  }

  /** A write was refused. */
  refused(error: unknown): void {
    if (isDiskFailure(error)) this.#refusal = wordsOf(error);
  }

  /** Why it takes none; null when it does. */
  async reason(): Promise<string | null> {
    if (this.#refusal === null) return null;
    try {
      await this.#store.keepStates([{ kind: 'health', name: 'written-again', state: true }]);
      this.#refusal = null;
    } catch (error) {
      this.#refusal = wordsOf(error);
    }
    return this.#refusal;
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
