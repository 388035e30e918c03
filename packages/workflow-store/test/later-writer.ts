import { setImmediate } from 'node:timers/promises';
import { seededRandom } from '@chimera/policy';
import { type Batch, BatchConnection, type BatchFile, type BatchWriter } from '../src/index.ts';

interface Asked {
  readonly batch: Batch;
  readonly tell: (isCommitted: boolean) => void;
}

/** Of batches. */
export interface LaterTally {
  written: number;
  failed: number;
}

/**
 * Writes on a connection of its own, some turns of the event loop later, like a thread would: in
 * order, and each batch only if the one before it was written. By chance one fails, or all of it ends.
 */
export class LaterWriter implements BatchWriter {
  readonly fewest = 1;
  readonly most = 3;
  readonly #tally: LaterTally;
  readonly #connection: BatchConnection;
  readonly #draw: () => number;
  readonly #asked: Asked[] = [];
  #isOpen = true;

  constructor(file: BatchFile, seed: number, tally: LaterTally) {
    this.#tally = tally;
    this.#connection = new BatchConnection(file);
    this.#draw = seededRandom(seed);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  write(batch: Batch): Promise<boolean> {
    return new Promise((tell) => {
      if (this.#asked.push({ batch, tell }) === 1) void this.#writeAll();
    });
  }

  checkpoint(): void {
    this.#connection.checkpoint();
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    this.#connection.close();
  }

  async #writeAll(): Promise<void> {
    for (let [asked] = this.#asked; asked !== undefined; [asked] = this.#asked) {
      for (let turns = Math.floor(this.#draw() * 3); turns > 0; turns -= 1) await setImmediate();
      const chance = this.#draw();
      if (chance < 0.2 || !this.#connection.write([asked.batch.steps])) {
        this.#fail();
        continue;
      }
      this.#tally.written += 1;
      // Its words are heard later than its commit is seen.
      if (this.#draw() < 0.5) await setImmediate();
      this.#asked.shift();
      asked.tell(true);
      if (chance > 0.98) {
        this.#isOpen = false;
        this.#fail();
      }
    }
  }

  #fail(): void {
    this.#tally.failed += this.#asked.length;
    for (const { tell } of this.#asked.splice(0)) tell(false);
  }
}

export function laterWriter(
  seed: number,
  tally: LaterTally = { written: 0, failed: 0 },
): (file: BatchFile) => LaterWriter {
  return (file) => new LaterWriter(file, seed, tally);
}
