import { setImmediate } from 'node:timers/promises';
import { type Batch, BatchConnection, type BatchFile, type BatchWriter } from '../src/index.ts';

interface Asked {
  readonly batch: Batch;
  readonly tell: (isCommitted: boolean) => void;
  isCommitted: boolean;
}

/** Commits a batch, and tells of it, when the test says so. */
export class HeldWriter implements BatchWriter {
  fewest = 1;
  readonly most = 64;
  readonly asked: Asked[] = [];
  #connection: BatchConnection | undefined;
  #isOpen = true;
  #isClosed = false;

  /** To be given to a store. */
  readonly open = (file: BatchFile): this => {
    // Who has the lock is in the same thread, and would not give it free meanwhile.
    this.#connection = new BatchConnection({ ...file, timeout: 0 });
    return this;
  };

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  write(batch: Batch): Promise<boolean> {
    return new Promise((tell) => {
      this.asked.push({ batch, tell, isCommitted: false });
    });
  }

  checkpoint(): void {
    this.#connection?.checkpoint();
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    this.#isClosed = true;
    this.#connection?.close();
  }

  /** Resolves when it has so many batches in hand. */
  async holds(batches: number): Promise<void> {
    for (let turns = 0; turns < 50; turns += 1) {
      if (this.asked.length === batches) return;
      await setImmediate();
    }
    throw new Error(`it has ${this.asked.length} batches in hand, and not ${batches}`);
  }

  /** The oldest that is not; nobody hears of it yet. False when it could not be written. */
  commit(): boolean {
    const next = this.asked.find(({ isCommitted }) => !isCommitted);
    if (next === undefined || this.#connection === undefined) throw new Error('nothing is in hand');
    next.isCommitted = this.#connection.write([next.batch.steps]);
    return next.isCommitted;
  }

  /** Commits the oldest, and tells; when it cannot be written, so it is with all after it. */
  async land(): Promise<void> {
    const [oldest] = this.asked;
    if (oldest?.isCommitted !== true && !this.commit()) return this.fail();
    this.asked.shift()?.tell(true);
    await turns();
  }

  /** Until nothing comes any more. */
  async landAll(): Promise<void> {
    for (await turns(); this.asked.length > 0; await turns()) await this.land();
  }

  /** Nothing of what is in hand and not committed is ever going to be. */
  async fail(): Promise<void> {
    for (const { isCommitted, tell } of this.asked.splice(0)) tell(isCommitted);
    await turns();
  }

  /** Like a thread that ends by itself. */
  async end(): Promise<void> {
    this.#isOpen = false;
    await this.fail();
  }
}

/** Enough for all that waits for no batch. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await setImmediate();
}
