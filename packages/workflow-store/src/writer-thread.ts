import { Worker } from 'node:worker_threads';
import type { Clock } from '@chimera/policy';
import type { BatchFile } from './batch-connection.ts';
import type { Batch, BatchWriter } from './batch-writer.ts';
import type { FromWriter, ToWriter } from './writer-thread-program.ts';

interface Asked {
  readonly number: number;
  readonly batch: Batch;
  readonly tell: (isCommitted: boolean) => void;
}

export interface WriterThreadDeps {
  /** Whether an event is there: asked when the thread ends without a word. Throws when the disk cannot be read. */
  readonly isOnDisk: (event: number) => boolean;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/** How soon a disk that could not be read is asked again. */
const askAgainMs = 1_000;

/**
 * A thread with a connection of its own: the event loop goes on while SQLite writes and the disk
 * syncs. It keeps no process alive but one that waits for a commit. When it ends by itself it is
 * closed for good, and what it had committed counts: who waits for it hears nothing until the disk
 * can be read.
 */
export class WriterThread implements BatchWriter {
  readonly fewest = 24;
  readonly most = 64;
  readonly #worker: Worker;
  readonly #deps: WriterThreadDeps;
  readonly #asked: Asked[] = [];
  #isOpen = false;
  #isClosing = false;
  #number = 0;
  /** Batches of a line stand on each other: when one fails, so does the rest of its line. */
  #line = 0;

  constructor(file: BatchFile, deps: WriterThreadDeps) {
    this.#deps = deps;
    const program = `./writer-thread-program${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`;
    this.#worker = new Worker(new URL(program, import.meta.url), {
      workerData: file,
      name: 'chimera-writer',
    });
    this.#worker.on('message', (message: FromWriter) => this.#hear(message));
    this.#worker.on('error', (error) => process.emitWarning(error));
    this.#worker.on('exit', () => this.#over());
    // Who listens to its messages keeps the process alive: from here on, nobody does.
    this.#worker.unref();
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

  checkpoint(): void {
    if (this.#isOpen) this.#say('checkpoint');
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
    const { isCommitted, number } = message;
    // Else it is of a line that has failed already.
    if (!this.#asked.some((asked) => asked.number === number)) return;
    if (!isCommitted) return this.#fail();
    while (this.#asked[0] !== undefined && this.#asked[0].number <= number)
      this.#asked.shift()?.tell(true);
    if (this.#asked.length === 0) this.#worker.unref();
  }

  /** What has changed nothing stands as soon as all before it does. */
  #isThere({ lastEvent, steps }: Batch): boolean {
    return steps.length === 0 || this.#deps.isOnDisk(lastEvent);
  }

  #fail(): void {
    this.#line += 1;
    this.#worker.unref();
    for (const { tell } of this.#asked.splice(0)) tell(false);
  }

  #over(): void {
    this.#isOpen = false;
    this.#isClosing = true;
    try {
      this.#askDisk();
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error));
      this.#askDiskAgain();
    }
  }

  #askDisk(): void {
    while (this.#asked[0] !== undefined && this.#isThere(this.#asked[0].batch))
      this.#asked.shift()?.tell(true);
    this.#fail();
  }

  /** What may be there is neither told of as committed nor written a second time. */
  #askDiskAgain(): void {
    this.#deps.clock.setTimer(() => {
      try {
        this.#askDisk();
      } catch {
        this.#askDiskAgain();
      }
    }, askAgainMs);
  }
}
