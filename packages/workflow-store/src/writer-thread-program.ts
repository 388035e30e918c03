import { parentPort, workerData } from 'node:worker_threads';
import { BatchConnection, type BatchFile } from './batch-connection.ts';
import type { Batch } from './batch-writer.ts';

/** Batches of a line stand on each other. */
export type ToWriter =
  { readonly number: number; readonly line: number; readonly steps: Batch['steps'] } | 'close';

export type FromWriter = 'open' | { readonly number: number; readonly isCommitted: boolean };

const connection = new BatchConnection(workerData as BatchFile);
let brokenLine: number | undefined;

parentPort?.on('message', (message: ToWriter) => {
  if (message === 'close') {
    connection.close();
    parentPort?.close();
    return;
  }
  const { line, number, steps } = message;
  const isCommitted = line !== brokenLine && connection.write(steps);
  if (!isCommitted) brokenLine = line;
  tell({ number, isCommitted });
});
tell('open');

function tell(message: FromWriter): void {
  parentPort?.postMessage(message);
}
