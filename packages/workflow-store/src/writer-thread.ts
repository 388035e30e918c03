import { Worker } from 'node:worker_threads';
import type { BatchFile } from './batch-connection.ts';
import type { Batch, BatchWriter } from './batch-writer.ts';
import type { FromWriter, ToWriter } from './writer-thread-program.ts';

interface Asked {
  readonly number: number;
  readonly batch: Batch;
  readonly tell: (isCommitted: boolean) => void;
}

/**
 * A thread with a connection of its own: the event loop goes on while SQLite writes and the disk
 * syncs. It keeps no process alive but one that waits for a commit. When it ends by itself it is
 * closed for good, and what it had committed counts.
 */
export class WriterThread implements BatchWriter {
  readonly fewest = 8;
  readonly most = 64;
  readonly #worker: Worker;
  readonly #isOnDisk: (event: number) => boolean;
  readonly #asked: Asked[] = [];
  #isOpen = false;
  #isClosing = false;
  #number = 0;
  /** Batches of a line stand on each other: when one fails, so does the rest of its line. */
  #line = 0;

  /** @param isOnDisk whether an event is there: asked when the thread ends without a word. */
  constructor(file: BatchFile, isOnDisk: (event: number) => boolean) {
    this.#isOnDisk = isOnDisk;
    const program = `./writer-thread-program${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`;
    this.#worker = new Worker(new URL(program, import.meta.url), {
      workerData: file,
      name: 'chimera-writer',
    });
    this.#worker.unref();
    this.#worker.on('message', (message: FromWriter) => this.#hear(message));
    this.#worker.on('error', (error) => process.emitWarning(error));
    this.#worker.on('exit', () => this.#over());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  write(batch: Batch): Promise<boolean> {
    if (!this.#isOpen) return Promise.resolve(false);
    return new Promise((tell) => {
      this.#number += 1;
      const number = this.#number;
      this.#say({ number, line: this.#line, steps: batch.steps });
      if (this.#asked.push({ number, batch, tell }) === 1) this.#worker.ref();
    });
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    if (this.#isClosing) return;
    this.#isClosing = true;
    const ended = new Promise((resolve) => {
      this.#worker.once('exit', resolve);
    });
    this.#worker.ref();
    this.#say('close');
    await ended;
  }

  #say(message: ToWriter): void {
    this.#worker.postMessage(message);
  }

  #hear(message: FromWriter): void {
    if (message === 'open') {
      this.#isOpen = !this.#isClosing;
      return;
    }
    const [asked] = this.#asked;
    // Else it is of a line that has failed already.
    if (asked?.number !== message.number) return;
    if (!message.isCommitted) return this.#fail();
    this.#asked.shift();
    if (this.#asked.length === 0) this.#worker.unref();
    asked.tell(true);
  }

  #fail(): void {
    this.#line += 1;
    this.#worker.unref();
    for (const { tell } of this.#asked.splice(0)) tell(false);
  }

  #over(): void {
    this.#isOpen = false;
    this.#isClosing = true;
    while (this.#asked[0] !== undefined && this.#isOnDisk(this.#asked[0].batch.lastEvent))
      this.#asked.shift()?.tell(true);
    this.#fail();
  }
}
