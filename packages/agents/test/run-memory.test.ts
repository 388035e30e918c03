import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runMemory } from '../src/run-memory.ts';
import { Programs } from './programs.ts';

let programs: Programs;
beforeEach(() => {
  programs = new Programs();
});
afterEach(() => programs[Symbol.dispose]());

const megabyte = 2 ** 20;

/** Holds 64 MB. Told to, it starts itself once more, in a session of its own, and ends. */
const holder = `
const { spawn } = require('node:child_process');
const [name, isStarter] = process.argv.slice(2);
if (isStarter === 'starter') {
  spawn(process.execPath, [__filename, name], { detached: true, stdio: 'ignore' }).unref();
} else {
  globalThis.held = Buffer.alloc(64 * ${megabyte}, 1);
  process.once('SIGTERM', () => process.exit(0));
  setInterval(() => {}, 1e6);
  say(name);
}
`;

async function megabytesOf(marker: string): Promise<number> {
  const bytes = await runMemory(marker);
  if (bytes === undefined) throw new Error('no memory was read');
  return bytes / megabyte;
}

// The memory of other processes is read from /proc.
test.runIf(process.platform === 'linux')(
  'counts this process, its descendants, and what carries the marker elsewhere',
  async () => {
    const [node, file] = programs.write('holder.cjs', holder);
    const start = (words: readonly string[], variables: Readonly<Record<string, string>>) =>
      spawn(node, [file ?? '', ...words], {
        env: { ...programs.env, ...variables },
        stdio: 'ignore',
      });
    const marker = `memory ${programs.directory}`;
    const alone = await megabytesOf(marker);
    expect(alone).toBeGreaterThan(20);

    const child = start(['child'], {});
    await programs.heard('child');
    const withChild = await megabytesOf(marker);
    expect(withChild - alone).toBeGreaterThan(60);

    const starter = start(['stray', 'starter'], { CHIMERA_RUN: marker });
    await Promise.all([once(starter, 'exit'), programs.heard('stray')]);
    const [strayId = 0] = await programs.carriersOf('CHIMERA_RUN', marker);
    try {
      expect((await megabytesOf(marker)) - (await megabytesOf('another run'))).toBeGreaterThan(60);
    } finally {
      process.kill(strayId);
      child.kill();
    }
    await Promise.all([programs.ended('stray'), once(child, 'exit')]);
    expect(await megabytesOf(marker)).toBeLessThan(withChild - 60);
  },
);
