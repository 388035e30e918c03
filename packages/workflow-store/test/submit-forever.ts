/** Submits until it is killed, and writes each id to its output once the store has acknowledged it. */
import { openWorkflowStore } from '../src/index.ts';
import { threePhases } from './three-phases.ts';
import { writeOut } from './write-out.ts';

const [, , path = '', lanes = '10', writer = 'here'] = process.argv;
const store = await openWorkflowStore({ path, writerThread: writer === 'thread' });

async function submitForever(): Promise<never> {
  for (;;) {
    const submitted = await store.submit([
      { definition: threePhases, input: { filler: 'x'.repeat(500) }, priority: 5 },
    ]);
    writeOut(submitted.map(({ id }) => `${id}\n`).join(''));
  }
}

await Promise.all(Array.from({ length: Number(lanes) }, submitForever));
