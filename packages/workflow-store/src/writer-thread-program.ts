import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { BatchConnection, type BatchFile } from './batch-connection.ts';
import type { Batch } from './batch-writer.ts';
import { CheckpointThread } from './checkpoint-thread.ts';

interface Asked {
  readonly number: number;
  /** Batches of a line stand on each other. */
  readonly line: number;
  readonly steps: Batch['steps'];
}

export type ToWriter = Asked | 'checkpoint' | 'close';

/** A number stands for all batches up to it that have not been answered. */
export type FromWriter = 'open' | { readonly number: number; readonly isCommitted: boolean };

/** Of a log that the third thread has put into the database but for these: commits wait for 3 ms. */
const fewPages = 512;

const file = workerData as BatchFile;
const connection = new BatchConnection(file);
const third = new CheckpointThread(file);
const checkpoints = connection.leaveCheckpoints(fewPages, () => third.checkpoint());
let brokenLine: number | undefined;

parentPort?.on('message', (first: ToWriter) => {
  const messages = [...allAfter(first)];
  const asked = messages.filter((message) => typeof message === 'object');
  write(asked.filter(({ line }) => line !== brokenLine));
  if (messages.includes('checkpoint')) third.checkpoint();
  if (messages.includes('close')) void close();
});
tell('open');

/** What has come while the last commit was under way shares the next. */
function* allAfter(first: ToWriter): Iterable<ToWriter> {
  yield first;
  for (;;) {
    const next = parentPort && receiveMessageOnPort(parentPort);
    if (!next) return;
    yield next.message as ToWriter;
  }
}

function write(batches: readonly Asked[]): void {
  const last = batches.at(-1);
  if (last === undefined) return;
  const isCommitted = connection.write(batches.map(({ steps }) => steps));
  if (!isCommitted) brokenLine = last.line;
  tell({ number: last.number, isCommitted });
  if (isCommitted) checkpoints.committed();
}

async function close(): Promise<void> {
  await third.close();
  connection.close();
  parentPort?.close();
}

function tell(message: FromWriter): void {
  parentPort?.postMessage(message);
}
