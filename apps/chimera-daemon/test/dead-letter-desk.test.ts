import { setTimeout as sleep } from 'node:timers/promises';
import type { ChimeraClient, DeadLetterView } from '@chimera/client';
import { expect, onTestFinished, test } from 'vitest';
import { DeadLetterDesk } from '../src/dead-letters/dead-letter-desk.ts';
import { chimera, newDirectory, startedDaemon } from './chimera-process.ts';
import { smallDaemon, workflowOf } from './small-daemon.ts';

const files = {
  'chimera.yaml': `
agents:
  planner: { type: module, module: planner.mjs }
  worker: { type: module, module: worker.mjs }
workflows: [work.yaml]
`,
  'planner.mjs': `export const run = ({ input }) => ({ plan: 'for ' + input.who, steps: ['a', 'b'] });`,
  'worker.mjs': `
export const run = ({ input }) => {
  if (input.good) return { done: true };
  throw Object.assign(new Error('no such table'), { code: 'NO_TABLE', retryable: true });
};
`,
  'work.yaml': `
name: work
phases:
  - { name: plan, stage: planning, agent: planner, timeout: 10s }
  - name: do
    stage: implementation
    agent: worker
    timeout: 10s
    retry: { maxRetries: 1, base: 10ms }
`,
};

async function openLetter(client: ChimeraClient, workflow: string): Promise<DeadLetterView> {
  for (;;) {
    const { items } = await client.deadLetters({ status: 'open', workflow });
    if (items[0] !== undefined) return client.deadLetter(items[0].id);
    await sleep(20);
  }
}

test('a dead letter is understood, noted, and run again with another input; each death points to the one before', async () => {
  const daemon = await startedDaemon(newDirectory(files));
  onTestFinished(() => void daemon.stop());
  const { client, url } = daemon;
  const run = async (...words: string[]) => {
    const { exitCode, stderr, stdout } = await chimera([...words, '--url', url]);
    expect([exitCode, stderr]).toEqual([0, '']);
    return stdout;
  };
  const { id } = await client.submit({ definition: 'work', input: { who: 'ada' } });
  const first = await openLetter(client, id);
  expect(first).toMatchObject({ death: 1, replays: 0, previousId: null, investigatedAt: null });
  expect(first.attempts?.map(({ error, phase }) => [phase, error])).toEqual([
    ['plan', null],
    ['do', 'NO_TABLE: no such table'],
    ['do', 'NO_TABLE: no such table'],
  ]);

  const shown = await run('show', id);
  expect(shown).toMatch(/^ {2}do +visit 1 +attempt 2 +worker +phase-failed/m);
  expect(shown).toContain('    NO_TABLE: no such table\n');
  expect(shown).toContain(
    '\n  plan  visit 1\n    plan: for ada\n    steps:\n      - a\n      - b\n',
  );
  expect(shown).toContain('\ninput\n  who: ada\n');
  expect(shown).toContain(`next: chimera dlq list --workflow ${id}`);

  const noted = ['--note', 'the migration is missing', '--by', 'ada'];
  expect(await run('dlq', 'investigate', first.id, ...noted)).toBe(
    `${first.id} is open; the note is kept\n`,
  );
  const words = await run('dlq', 'show', first.id.slice(0, 8));
  expect(words).toContain('found out  the migration is missing');
  expect(words).toMatch(/attempt 2/);
  expect(words).toContain('\ninput\n  who: ada\n');

  // Again with what it had: a second death, which knows of the first and shows its own attempts alone.
  await run('dlq', 'requeue', first.id, '--by', 'ada');
  const second = await openLetter(client, id);
  expect(second).toMatchObject({ death: 2, replays: 1, previousId: first.id });
  expect(second.attempts?.map(({ phase }) => phase)).toEqual(['do', 'do']);
  expect(await client.deadLetter(first.id)).toMatchObject({
    status: 'requeued',
    closedBy: 'ada',
    requeuedWith: null,
  });
  expect(await client.deadLetter(first.id)).not.toHaveProperty('input');

  const input = { who: 'bob', good: true };
  await run('dlq', 'requeue', second.id, '--phase', 'plan', '--input', JSON.stringify(input));
  while ((await client.get(id)).finishedAt === null) await sleep(20);
  const done = await client.get(id);
  expect(done).toMatchObject({ status: 'completed', input });
  expect(done.artifacts.at(-2)?.output).toMatchObject({ plan: 'for bob' });
  expect(await client.deadLetter(second.id)).toMatchObject({
    status: 'requeued',
    requeuedWith: { phase: 'plan', input },
  });
  expect(await run('dlq', 'show', second.id)).toContain(
    '\nrequeued with\n  phase: plan\n  input:\n    who: bob\n    good: true\n',
  );
  await expect(client.requeue(second.id, { input: {} })).rejects.toMatchObject({
    status: 409,
    message: `dead letter ${second.id} is requeued, no longer open; see: GET /api/dead-letters/${second.id}`,
  });
}, 60_000);

test('work is requeued as often as the settings allow, and no more', async () => {
  const settings = { 'chimera.yaml': `${files['chimera.yaml']}\ndeadLetters: { maxReplays: 1 }\n` };
  const daemon = await startedDaemon(newDirectory({ ...files, ...settings }));
  onTestFinished(() => void daemon.stop());
  const { client } = daemon;
  const { id } = await client.submit({ definition: 'work', input: { who: 'ada' } });
  await client.requeue((await openLetter(client, id)).id);
  const second = await openLetter(client, id);
  await expect(client.requeue(second.id)).rejects.toMatchObject({
    status: 409,
    message: `dead letter ${second.id}: its workflow was requeued as often as deadLetters.maxReplays allows (1); find out why it died, then submit it anew or raise the setting`,
  });
  expect(await chimera(['dlq', 'redrive', '--all', '--url', daemon.url])).toMatchObject({
    exitCode: 0,
    stdout: expect.stringContaining(
      'the redrive is done: 0 queued again, 0 came back, 1 left as they are (DEAD_LETTER_REPLAYS_EXHAUSTED)\n',
    ) as string,
  });
}, 60_000);

test('an input that could not be submitted is not requeued with, either', async () => {
  const daemon = await startedDaemon(newDirectory(files));
  onTestFinished(() => void daemon.stop());
  const { client } = daemon;
  const { id } = await client.submit({ definition: 'work', input: { who: 'ada' } });
  const letter = await openLetter(client, id);
  await expect(client.requeue(letter.id, { input: { repository: 'shop' } })).rejects.toMatchObject({
    code: 'INVALID_REPOSITORY',
    message: 'input.repository must be an absolute path, got "shop"',
  });
  await expect(client.requeue(letter.id, { phase: 'nowhere' })).rejects.toMatchObject({
    message: 'phase must be one of plan, do, got "nowhere"',
  });
  expect(await client.get(id)).toMatchObject({ status: 'dead', input: { who: 'ada' } });
}, 60_000);

test('an id may be given by its beginning, as long as it begins no other', async () => {
  const daemon = await startedDaemon(newDirectory(files));
  onTestFinished(() => void daemon.stop());
  const { client, url } = daemon;
  const { id } = await client.submit({ definition: 'work', input: { who: 'ada', good: true } });
  const show = (word: string) => chimera(['show', word, '--url', url]);
  expect((await show(id.slice(0, 6))).stdout).toContain(id);
  const profiled = await chimera(['profile-workflow', id.slice(0, 6), '--url', url]);
  expect(profiled).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^total /) });
  const other = await client.submit({ definition: 'work', input: { who: 'bob', good: true } });
  const ambiguous = await show(id.slice(0, 6));
  expect(ambiguous.exitCode).toBe(1);
  expect(ambiguous.stderr).toContain('begins more than one id; give more of it:');
  expect(ambiguous.stderr).toContain(id);
  expect(ambiguous.stderr).toContain(other.id);
  expect((await show(id.slice(0, 30))).stdout).toContain(id);
  expect(await show('abc')).toMatchObject({
    exitCode: 1,
    stderr: 'chimera: an id must have at least its first 6 characters, got "abc"\n',
  });
  expect(await show('zzzzzz')).toMatchObject({
    exitCode: 1,
    stderr: 'chimera: there is no workflow zzzzzz; see: chimera list\n',
  });
}, 60_000);

test('how often it was requeued is known when its old dead letters are purged, too', async () => {
  const { advance, clock, deadLetters, pool, store, submit } = await smallDaemon({
    agents: { worker: () => Promise.reject(new Error('no such table')) },
  });
  pool.start();
  const pause = { current: null };
  const desk = new DeadLetterDesk({
    store,
    deadLetters,
    pool,
    pause,
    clock,
    onOver: async () => {},
  });
  const retry = { maxRetries: 0 };
  const phase = { name: 'do', stage: 'planning', agent: 'worker', timeout: '10s', retry } as const;
  const workflow = await submit(workflowOf([phase]));
  await advance(5);
  const newest = async () => (await desk.list({ workflow, limit: 1 })).items[0];
  for (let requeues = 1; requeues <= 2; requeues += 1) {
    const id = (await newest())?.id ?? '';
    await desk.requeue(id);
    clock.jumpWall(10);
    expect(await deadLetters.purge({ olderThan: 5 })).toBe(1);
    await advance(5);
    expect(await newest()).toMatchObject({ status: 'open', replays: requeues });
  }
});
