import type { Database, Statement } from 'better-sqlite3';

/**
 * While it is on, a group's operations run in memory alone, to be written by another thread: they
 * read the disk as of some commit before them, and what is not committed yet from memory. An
 * operation that needs more than that is refused, and runs again in a transaction of its own.
 */
export class KeptBack {
  /** One transaction for all that a group reads: to begin and end one costs as much as reading a row. */
  readonly #beginReading: Statement<[]>;
  readonly #endReading: Statement<[]>;
  #isOn = false;

  constructor(sqlite: Pick<Database, 'prepare'>) {
    this.#beginReading = sqlite.prepare<[]>('begin');
    this.#endReading = sqlite.prepare<[]>('rollback');
  }

  /**
   * Runs it and returns its result; undefined when it fails, be it for want of a transaction. To be
   * called while the connection is in none.
   */
  during<Result>(run: () => Result): Result | undefined {
    this.#isOn = true;
    try {
      this.#beginReading.run();
      try {
        return run();
      } finally {
        this.#endReading.run();
      }
    } catch {
      return undefined;
    } finally {
      this.#isOn = false;
    }
  }

  /** To be called before anything is written, or read that other operations may have changed. */
  refuse(): void {
    if (this.#isOn) throw new NeedsTransaction('it writes, or reads what is not written yet');
  }
}

class NeedsTransaction extends Error {
  override readonly name = 'NeedsTransaction';
}
