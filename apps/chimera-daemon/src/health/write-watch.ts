import type { WorkflowStore } from '@chimera/workflow-store';
import { isDiskFailure } from '../disk-failure.ts';

/** A commit takes longer on no disk that works. */
const stalledMs = 5_000;

/**
 * Whether the database takes writes. It is asked again only after one was refused: a write that is
 * not needed would keep a disk awake for nothing.
 */
export class WriteWatch {
  readonly #store: Pick<WorkflowStore, 'keepStates' | 'oldestWriteMs'>;
  #refusal: string | null = null;

  constructor(store: Pick<WorkflowStore, 'keepStates' | 'oldestWriteMs'>) {
    this.#store = store;
  }

  /** A write was refused. */
  refused(error: unknown): void {
    if (isDiskFailure(error)) this.#refusal = wordsOf(error);
  }

  /** Why it takes none; null when it does. */
  async reason(): Promise<string | null> {
    const waitedMs = this.#store.oldestWriteMs();
    if (waitedMs >= stalledMs)
      return `writes have waited for the disk for ${Math.floor(waitedMs / 1_000)} s`;
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
