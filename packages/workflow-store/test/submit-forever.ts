/** Submits until it is killed, and writes each id to its output once the store has acknowledged it. */
import { writeSync } from 'node:fs';
import { openWorkflowStore } from '../src/index.ts';
import { threePhases } from './three-phases.ts';

const [, , path = ''] = process.argv;
const store = await openWorkflowStore({ path });

async function submitForever(): Promise<never> {
  for (;;) {
    const submitted = await store.submit([
      { definition: threePhases, input: { filler: 'x'.repeat(500) }, priority: 5 },
    ]);
    writeSync(1, submitted.map(({ id }) => `${id}\n`).join(''));
  }
}

await Promise.all(Array.from({ length: 10 }, submitForever));
