import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryPath, temporaryStore } from './temporary-store.ts';

const child = fileURLToPath(new URL('submit-and-end.ts', import.meta.url));

async function ended(how: string) {
  const path = temporaryPath();
  const words = ['--conditions=chimera-source', '--disable-warning=ExperimentalWarning'];
  const submitter = spawn(process.execPath, [...words, child, path, how]);
  let output = '';
  let errors = '';
  submitter.stdout.on('data', (text) => (output += String(text)));
  submitter.stderr.on('data', (text) => (errors += String(text)));
  const [code] = await once(submitter, 'close');
  const { store } = await temporaryStore({ path });
  const { queued } = await store.counts();
  expect(await store.events({ limit: 10_000 })).toHaveLength(queued);
  await store.close();
  return { acknowledged: output.length, code, errors, queued };
}

test.for(['before it is used', 'idle', 'while commits are under way'])(
  'a store that is open keeps no process alive, but for what it has to commit: $0',
  async (how) => {
    const { acknowledged, queued, ...end } = await ended(how);
    expect(end).toEqual({ code: 0, errors: '' });
    expect(queued).toBe(acknowledged);
    expect(queued).toBeGreaterThanOrEqual(
      { idle: 20, 'while commits are under way': 120 }[how] ?? 0,
    );
  },
);

test('a process that exits at once leaves what it acknowledged, and groups that are whole', async () => {
  const { acknowledged, code, errors, queued } = await ended('at once');
  expect({ code, errors }).toEqual({ code: 3, errors: '' });
  expect(queued).toBeGreaterThanOrEqual(acknowledged);
});
