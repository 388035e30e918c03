import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { temporaryPath, temporaryStore } from './temporary-store.ts';

const child = fileURLToPath(new URL('submit-forever.ts', import.meta.url));

/** Runs the submitting process until it has acknowledged this many workflows, and kills it. */
async function submitUntilKilled(
  path: string,
  acknowledged: number,
  how: readonly string[],
): Promise<readonly string[]> {
  const submitter = spawn(process.execPath, ['--conditions=chimera-source', child, path, ...how], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  submitter.stdout.setEncoding('utf8');
  submitter.stdout.on('data', (text: string) => {
    output += text;
    if (output.split('\n').length > acknowledged) submitter.kill('SIGKILL');
  });
  const [code, signal] = await once(submitter, 'close');
  expect([code, signal]).toEqual([null, 'SIGKILL']);
  return output.split('\n').slice(0, -1);
}

test.for([
  { who: 'its own connection', how: ['10', 'here'] },
  // So many at a time are more than a thread is too far away for.
  { who: 'a thread', how: ['60', 'thread'] },
])(
  'a killed process for which $who writes has lost nothing that it acknowledged, and its file is free at once',
  async ({ how }) => {
    const path = temporaryPath();
    const acknowledged: string[] = [];
    for (const enough of [1, 150, 400]) {
      acknowledged.push(...(await submitUntilKilled(path, enough, how)));
      const { store } = await temporaryStore({ path });
      const records = await Promise.all(acknowledged.map((id) => store.get(id)));
      expect(records.map((record) => record?.id)).toEqual(acknowledged);
      expect(records.every((record) => record?.state.status === 'queued')).toBe(true);
      // What was committed and not acknowledged any more is whole, too.
      const { queued } = await store.counts();
      expect((await store.list({ limit: queued })).items).toHaveLength(queued);
      expect(queued).toBeGreaterThanOrEqual(acknowledged.length);
      await store.close();
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(551);
  },
);
