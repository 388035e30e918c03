/**
 * Opens a store with a thread that writes, and ends: before it was used, idle, while commits are
 * under way, or at once. A dot for each submit that is acknowledged.
 */
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { openWorkflowStore } from '../src/index.ts';
import { threePhases } from './three-phases.ts';
import { writeOut } from './write-out.ts';

const [, , path = '', how = ''] = process.argv;
/** Batches that the thread was given. */
const handedOver: unknown[] = [];
const post = Reflect.get(Worker.prototype, 'postMessage') as (message: unknown) => void;
Worker.prototype.postMessage = function noted(this: Worker, message: unknown) {
  if (typeof message === 'object') handedOver.push(message);
  post.call(this, message);
};

const store = await openWorkflowStore({ path, writerThread: true });

async function submit(): Promise<void> {
  await store.submit([{ definition: threePhases, input: {}, priority: 5 }]);
  writeOut('.');
}

async function submitUntilHandedOver(): Promise<void> {
  while (handedOver.length === 0) await Promise.all(Array.from({ length: 60 }, submit));
}

async function submitMore(): Promise<void> {
  const before = handedOver.length;
  for (let n = 0; n < 100; n += 1) void submit();
  while (handedOver.length === before) await setImmediate();
}

if (how !== 'before it is used') await submitUntilHandedOver();
if (how === 'while commits are under way' || how === 'at once') await submitMore();
if (how === 'at once') process.exit(3);
