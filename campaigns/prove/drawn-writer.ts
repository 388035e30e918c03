import { setImmediate } from 'node:timers/promises';
import { type Random, seededRandom } from '@chimera/policy';
import {
  type Batch,
  BatchConnection,
  type BatchFile,
  type BatchWriter,
} from '@chimera/workflow-store';

export interface DrawnWriterOptions {
  readonly seed: number;
  /** Hears of everything that a batch comes by, at once: that it is in hand, is committed, is lost. */
  readonly onStep: (step: 'committed' | 'in-hand' | 'lost') => void;
}

interface Asked {
  readonly batch: Batch;
  readonly tell: (isCommitted: boolean) => void;
}

const failureShare = 0.05;
/** Of the batches, after which it is over for the rest of a life. */
const endShare = 0.005;
/** Of the event loop, between any two things that it does. */
const mostTurns = 4;

/**
 * In the place of the thread that writes: on a connection of its own, and in turns that are drawn.
 * As a thread may, it commits what has come meanwhile together, fails, ends, and is heard late.
 */
export class DrawnWriter implements BatchWriter {
  readonly fewest = 1;
  readonly most: number;
  readonly #connection: BatchConnection;
  readonly #random: Random;
  readonly #onStep: DrawnWriterOptions['onStep'];
  #asked: Asked[] = [];
  #isOpen = true;
  #isBusy = false;

  constructor(file: BatchFile, { onStep, seed }: DrawnWriterOptions) {
    // Who has the lock is in the same thread, and would not give it free meanwhile.
    this.#connection = new BatchConnection({ ...file, timeout: 0 });
    this.#random = seededRandom(seed);
    this.#onStep = onStep;
    this.most = 1 + Math.floor(this.#random() * 8);
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  write(batch: Batch): Promise<boolean> {
    return new Promise((tell) => {
      this.#asked.push({ batch, tell });
      this.#onStep('in-hand');
      if (!this.#isBusy) void this.#writeAll();
    });
  }

  checkpoint(): void {
    this.#connection.checkpoint();
  }

  close(): Promise<void> {
    this.#isOpen = false;
    this.#connection.close();
    return Promise.resolve();
  }

  async #writeAll(): Promise<void> {
    this.#isBusy = true;
    for (await this.#turns(); this.#asked.length > 0; await this.#turns()) {
      const together = this.#asked.slice(0, 1 + Math.floor(this.#random() * this.#asked.length));
      const chance = this.#random();
      if (
        chance < failureShare ||
        !this.#connection.write(together.map(({ batch }) => batch.steps))
      )
        this.#lose();
      else await this.#tell(together);
      if (chance > 1 - endShare) {
        this.#isOpen = false;
        this.#lose();
      }
    }
    this.#isBusy = false;
  }

  async #tell(together: readonly Asked[]): Promise<void> {
    this.#onStep('committed');
    await this.#turns();
    this.#asked = this.#asked.slice(together.length);
    for (const { tell } of together) tell(true);
  }

  #lose(): void {
    const lost = this.#asked;
    this.#asked = [];
    if (lost.length > 0) this.#onStep('lost');
    for (const { tell } of lost) tell(false);
  }

  async #turns(): Promise<void> {
    for (let turns = Math.floor(this.#random() * mostTurns); turns > 0; turns -= 1)
      await setImmediate();
  }
}
