import type { PreparedText, Preparer } from './preparer.ts';

/** Notes what statements would write, for a connection elsewhere that has prepared the same texts. */
export class Recorder implements Preparer {
  /** By the number of their statement. */
  readonly texts: string[] = [];
  #steps: unknown[] = [];

  prepare<Row>(text: string): PreparedText<Row> {
    const number = this.texts.push(text) - 1;
    return {
      run: (values) => {
        this.#steps.push(number, values);
        return { changes: 0, lastInsertRowid: 0 };
      },
      get: () => cannotRead(text),
      all: () => cannotRead(text),
    };
  }

  /** What was noted since it was last asked. */
  take(): readonly unknown[] {
    const steps = this.#steps;
    this.#steps = [];
    return steps;
  }
}

function cannotRead(text: string): never {
  throw new Error(`workflow-store: a statement that is noted for later reads nothing: ${text}`);
}
