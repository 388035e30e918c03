import { parentPort, workerData } from 'node:worker_threads';
import { BatchConnection, type BatchFile } from './batch-connection.ts';
import type { ToCheckpointer } from './checkpoint-thread.ts';

const connection = new BatchConnection(workerData as BatchFile);

parentPort?.on('message', (message: ToCheckpointer) => {
  if (message === 'close') close();
  else checkpoint();
});

/** Whoever asks next has it tried again. */
function checkpoint(): void {
  try {
    connection.checkpoint();
  } catch {
    // What the disk refuses is told to whoever writes.
  }
  parentPort?.postMessage('done');
}

function close(): void {
  connection.close();
  parentPort?.close();
}
