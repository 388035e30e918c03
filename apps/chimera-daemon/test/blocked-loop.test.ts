import { expect, onTestFinished, test } from 'vitest';
import { newDirectory, startedDaemon } from './chimera-process.ts';

const config = `
pool: { min: 2, max: 2 }
lease: { ttl: 600ms }
agents:
  sleeper: { type: module, module: agents.mjs, export: sleep }
  blocker: { type: module, module: agents.mjs, export: block }
workflows: [sleep.yaml, block.yaml]
`;

/** One waits as it should, until after the other has ended; the other holds the event loop up for several times as long as leases last. */
const agents = `
let wakeUp;
export const sleep = () => new Promise((resolve) => (wakeUp = resolve));
export const block = () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2000);
  setTimeout(wakeUp, 300);
  return 'done';
};
`;

test('a module that blocks the event loop for longer than leases last loses neither its work nor that of others, and the log tells', async () => {
  const directory = newDirectory({
    'chimera.yaml': config,
    'agents.mjs': agents,
    'sleep.yaml':
      'name: sleep\nphases: [{ name: nap, stage: planning, agent: sleeper, timeout: 1m }]',
    'block.yaml':
      'name: block\nphases: [{ name: hog, stage: planning, agent: blocker, timeout: 1m }]',
  });
  const daemon = await startedDaemon(directory, ['--set', 'log.level=warn']);
  onTestFinished(() => void daemon.stop());
  const sleeping = await daemon.client.submit({ definition: 'sleep', input: {} });
  await expect.poll(() => statusOf(daemon, sleeping.id)).toBe('running');
  const blocking = await daemon.client.submit({ definition: 'block', input: {} });
  for (const { id } of [sleeping, blocking]) {
    await expect.poll(() => statusOf(daemon, id), { timeout: 20_000 }).toBe('completed');
    const { phaseRuns, recoveries } = await daemon.client.get(id);
    expect({ recoveries, outcomes: phaseRuns.map(({ outcome }) => outcome) }).toEqual({
      recoveries: 0,
      outcomes: ['phase-succeeded'],
    });
  }
  const { stderr } = await daemon.stop();
  expect(stderr).toMatch(/leases were not renewed for [0-9]+ ms/);
  expect(stderr).not.toContain('taken');
}, 60_000);

async function statusOf({ client }: Awaited<ReturnType<typeof startedDaemon>>, id: string) {
  return (await client.get(id)).status;
}
