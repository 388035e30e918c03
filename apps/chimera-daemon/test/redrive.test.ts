import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeadLetterGroupView, RedriveView } from '@chimera/client';
import { expect, onTestFinished, test } from 'vitest';
import { DeadLetterDesk } from '../src/dead-letters/dead-letter-desk.ts';
import { chimera, newDirectory, startedDaemon } from './chimera-process.ts';
import { smallDaemon, workflowOf } from './small-daemon.ts';

const files = {
  'chimera.yaml': `
pool: { min: 4, max: 4 }
agents:
  worker: { type: module, module: worker.mjs, breaker: { failureThreshold: 1000 } }
workflows: [work.yaml]
`,
  // Fails for good until the file is there: what an operator has to mend.
  'worker.mjs': `
import { existsSync } from 'node:fs';
export const run = ({ input }) => {
  if (existsSync(new URL('mended', import.meta.url))) return { done: input.n };
  throw Object.assign(new Error('no such table'), { code: 'NO_TABLE', retryable: false });
};
`,
  'work.yaml':
    'name: work\nphases: [{ name: do, stage: implementation, agent: worker, timeout: 10s }]',
};

test('a group of dead letters is run again in steps, which stop when the failures return', async () => {
  const directory = newDirectory(files);
  const daemon = await startedDaemon(directory);
  onTestFinished(() => void daemon.stop());
  const run = async (...words: string[]) => chimera([...words, '--url', daemon.url]);
  const settled = async (dead: number) => {
    for (;;) {
      const { deadLetters, workflows } = await daemon.client.status();
      if (workflows.queued + workflows.running === 0 && deadLetters.open === dead) return;
      await sleep(20);
    }
  };
  expect((await run('dlq', 'redrive', '--status')).stderr).toContain('there was no redrive');
  for (let n = 0; n < 15; n += 1) await daemon.client.submit({ definition: 'work', input: { n } });
  await settled(15);

  const groups = JSON.parse((await run('dlq', 'groups', '--json')).stdout) as DeadLetterGroupView[];
  expect(groups).toMatchObject([
    { open: 15, workflows: 15, example: { phase: 'do', agent: 'worker' } },
  ]);
  const [group] = groups;
  expect((await run('dlq', 'groups')).stdout).toContain('no such table');
  expect((await run('dlq', 'show', group?.example.id ?? '')).stdout).toContain('NO_TABLE');

  const words = ['dlq', 'redrive', '--fingerprint', group?.fingerprint ?? '', '--observe', '300ms'];
  const tooEarly = await run(...words);
  expect(tooEarly.exitCode).toBe(1);
  expect(tooEarly.stdout).toContain(
    'the redrive ended early, as failures returned: 1 queued again, 1 came back',
  );
  await settled(15);

  writeFileSync(join(directory, 'mended'), '');
  const { exitCode, stdout } = await run(...words, '--json');
  expect(exitCode).toBe(0);
  const report = JSON.parse(stdout) as RedriveView;
  expect(report).toMatchObject({ outcome: 'finished', returned: [], skipped: [], error: null });
  expect(report.requeued).toHaveLength(15);
  await settled(0);
  expect((await daemon.client.status()).workflows.completed).toBe(15);
}, 60_000);

test('one redrive at a time, which can be ended; discarded letters are not its business', async () => {
  const daemon = await startedDaemon(newDirectory(files));
  onTestFinished(() => void daemon.stop());
  const { client } = daemon;
  for (let n = 0; n < 3; n += 1) await client.submit({ definition: 'work', input: { n } });
  const open = async () => (await client.deadLetters({ status: 'open' })).items;
  while ((await open()).length < 3) await sleep(20);

  const [unwanted] = await open();
  expect(await client.discard(unwanted?.id ?? '', 'a test of a test')).toMatchObject({
    status: 'discarded',
    resolution: 'a test of a test',
  });

  expect(await client.redrive({ all: true, observeMs: 3_600_000 })).toMatchObject({
    outcome: 'under-way',
  });
  await expect(client.redrive({ all: true })).rejects.toMatchObject({
    code: 'REDRIVE_UNDER_WAY',
    status: 409,
    message:
      'a redrive is under way; see: GET /api/dead-letters/redrive, or end it with POST /api/dead-letters/redrive/stop',
  });
  while ((await client.deadLetters({ status: 'requeued' })).items.length === 0) await sleep(20);
  await client.stopRedrive();
  while ((await client.latestRedrive()).outcome === 'under-way') await sleep(20);
  const { outcome, requeued } = await client.latestRedrive();
  expect(requeued).toHaveLength(1);
  expect(['aborted', 'failures-returned']).toContain(outcome);

  await expect(client.redrive({ all: true, batchSize: 0 })).rejects.toMatchObject({ status: 400 });
}, 60_000);

test('a redrive says whom it concerns: nobody is a refusal, and everybody has to be asked for', async () => {
  const daemon = await startedDaemon(newDirectory(files));
  onTestFinished(() => void daemon.stop());
  const { client, url } = daemon;
  const redrive = (...words: string[]) => chimera(['dlq', 'redrive', ...words, '--url', url]);

  expect(await redrive('--all')).toMatchObject({
    exitCode: 1,
    stderr: 'chimera: there is no open dead letter; see: chimera dlq groups\n',
  });
  await client.submit({ definition: 'work', input: {} });
  while ((await client.deadLetters({ status: 'open' })).items.length === 0) await sleep(20);

  expect(await redrive('--fingerprint', 'NOPE')).toMatchObject({
    exitCode: 1,
    stderr: 'chimera: no open dead letter has fingerprint "NOPE"; see: chimera dlq groups\n',
  });
  expect(await redrive()).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--fingerprint, --phase and --agent must say which, or --all'),
  });
  expect(await redrive('--all', '--phase', 'do')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--all must be left out beside'),
  });
  await expect(client.redrive({})).rejects.toMatchObject({
    status: 400,
    message: 'fingerprint, phase or agent must say which dead letters, or all must be true',
  });
  expect((await redrive('--all', '--observe', '50ms')).stdout).toContain('1 queued again');
}, 60_000);

test('a canary that waits for its breaker proves nothing: the next step waits with it, and at last it stalls', async () => {
  const breaker = '{ failureThreshold: 2, openFor: 3s }';
  const directory = newDirectory({
    ...files,
    'chimera.yaml': files['chimera.yaml'].replace('{ failureThreshold: 1000 }', breaker),
  });
  const daemon = await startedDaemon(directory);
  onTestFinished(() => void daemon.stop());
  const { client, url } = daemon;
  for (let n = 0; n < 2; n += 1) await client.submit({ definition: 'work', input: { n } });
  while ((await client.deadLetters({ status: 'open' })).items.length < 2) await sleep(20);

  await client.redrive({ all: true, observeMs: 0, settleWithinMs: 0 });
  while ((await client.latestRedrive()).outcome === 'under-way') await sleep(20);
  const [canary] = (await client.deadLetters({ status: 'requeued' })).items;
  expect(await client.latestRedrive()).toMatchObject({
    outcome: 'stalled',
    requeued: [canary?.id],
    underWay: [canary?.id],
    error: expect.stringContaining(`see: chimera show ${canary?.workflowId}`),
  });
  const words = ['dlq', 'redrive', '--url', url];
  const status = await chimera([...words, '--status']);
  expect(status.exitCode).toBe(1);
  expect(status.stdout).toContain(
    'the redrive ended early, as workflows did not run on in time: 1 queued again, 0 came back, 0 left as they are; 1 still to run on\n',
  );

  const asJson = await chimera([...words, '--status', '--json']);
  expect(JSON.parse(asJson.stdout)).toMatchObject({ outcome: 'stalled' });
  expect(asJson.exitCode).toBe(1);

  writeFileSync(join(directory, 'mended'), '');
  const mended = await chimera([...words, '--all', '--observe', '1ms']);
  expect(mended.exitCode).toBe(0);
  expect(mended.stdout).toMatch(
    /^the redrive is under way: .*^the redrive is done: 1 queued again, 0 came back/ms,
  );
  const [last] = (await client.latestRedrive()).requeued;
  const { workflowId } = await client.deadLetter(last ?? '');
  expect(await client.get(workflowId)).toMatchObject({ status: 'completed' });
}, 60_000);

test('one whose workflow is damaged is left as it is, and the others are run again', async () => {
  let isMended = false;
  const doomed = Object.assign(new Error('no such table'), { retryable: false });
  const { advance, clock, deadLetters, pool, store, submit } = await smallDaemon({
    agents: { worker: () => (isMended ? 'done' : Promise.reject(doomed)) },
  });
  pool.start();
  const work = workflowOf([{ name: 'do', stage: 'planning', agent: 'worker', timeout: '10s' }]);
  const ids = [await submit(work), await submit(work), await submit(work)];
  await advance(5);
  const [, damaged] = ids;
  await store.db
    .updateTable('workflows')
    .set({ state: '{' })
    .where('id', '=', damaged ?? '')
    .execute();
  isMended = true;
  const pause = { current: null };
  const desk = new DeadLetterDesk({
    store,
    deadLetters,
    pool,
    pause,
    clock,
    onOver: async () => {},
  });
  await desk.redrives.start({ all: true });
  await advance(120_000);
  const { outcome, requeued, skipped } = desk.redrives.latest;
  expect([outcome, requeued.length]).toEqual(['finished', 2]);
  expect(skipped).toMatchObject([{ code: 'ROW_CORRUPT' }]);
  expect((await store.counts()).completed).toBe(2);
});
