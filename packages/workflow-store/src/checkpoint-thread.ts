import { Worker } from 'node:worker_threads';
import type { BatchFile } from './batch-connection.ts';

export type ToCheckpointer = 'checkpoint' | 'close';

/**
 * A thread that puts the log into the database while others go on committing, begun when it is
 * first asked. When it ends by itself that is told as a warning, and the rest is left to those who
 * commit: they do it themselves once the log has grown large.
 */
export class CheckpointThread {
  readonly #file: BatchFile;
  #worker: Worker | undefined;
  #isBusy = false;
  #isOver = false;

  constructor(file: BatchFile) {
    this.#file = { ...file, texts: [] };
  }

  /** Some time soon, unless it is about to. */
  checkpoint(): void {
    if (this.#isBusy || this.#isOver) return;
    this.#isBusy = true;
    this.#worker ??= this.#begin();
    this.#say(this.#worker, 'checkpoint');
  }

  /** After the checkpoint under way. */
  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise((resolve) => {
      worker.once('exit', resolve);
    });
    this.#say(worker, 'close');
    await ended;
  }

  #begin(): Worker {
    const program = `./checkpoint-thread-program${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`;
    const worker = new Worker(new URL(program, import.meta.url), {
      workerData: this.#file,
      name: 'chimera-checkpoints',
    });
    worker.on('message', () => (this.#isBusy = false));
    worker.on('error', (error) => process.emitWarning(error));
    worker.on('exit', () => {
      this.#worker = undefined;
      this.#isOver = true;
    });
    return worker;
  }

  #say(worker: Worker, message: ToCheckpointer): void {
    worker.postMessage(message);
  }
}
