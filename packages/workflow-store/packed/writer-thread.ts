import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { standard } from '@chimera/workflow';
import { openWorkflowStore } from '@chimera/workflow-store';

/** In the packed store, the program of the thread is found, and takes batches. */
const folder = mkdtempSync(join(tmpdir(), 'chimera-packed-'));
const batches: unknown[] = [];
const post = Reflect.get(Worker.prototype, 'postMessage') as (message: unknown) => void;
Worker.prototype.postMessage = function noted(this: Worker, message: unknown) {
  if (typeof message === 'object') batches.push(message);
  post.call(this, message);
};
process.on('warning', (warning) => {
  throw warning;
});

const store = await openWorkflowStore({ path: join(folder, 'store.db'), writerThread: true });
const until = performance.now() + 30_000;
/** Fewer are written without the thread. */
const atOnce = 60;
let submitted = 0;
for (; batches.length < 5; submitted += atOnce) {
  if (performance.now() > until) throw new Error('the thread took nothing within 30 s');
  const input = { task: 'tidy up' };
  await Promise.all(
    Array.from({ length: atOnce }, () =>
      store.submit([{ definition: standard, input, priority: 5 }]),
    ),
  );
}
const { queued } = await store.counts();
await store.close();
rmSync(folder, { recursive: true });
if (queued !== submitted) throw new Error(`${queued} of ${submitted} workflows are there`);
