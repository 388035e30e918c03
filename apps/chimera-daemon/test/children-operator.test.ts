import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { chimera, newDirectory, startedDaemon } from './chimera-process.ts';

const config = `
pool: { min: 3, max: 3 }
shutdown: { grace: 500ms }
agents:
  worker: { type: module, module: worker.mjs }
  sleeper: { type: command, command: [node, -e, "setInterval(() => {}, 1000)"], killAfter: 1s }
workflows: [fan.yaml, work.yaml, sleep.yaml]
`;

const fan = (child: string) => `
name: fan
phases:
  - name: all
    stage: implementation
    timeout: 10m
    children:
      start:
        - { workflow: work, inputFrom: { n: /input/n } }
        - { workflow: ${child} }
`;

const files = (child: string) =>
  newDirectory({
    'chimera.yaml': config,
    'worker.mjs': 'export const run = ({ input }) => ({ done: input.n });',
    'fan.yaml': fan(child),
    'work.yaml':
      'name: work\nphases: [{ name: do, stage: implementation, agent: worker, timeout: 10s }]',
    'sleep.yaml':
      'name: sleep\nphases: [{ name: nap, stage: planning, agent: sleeper, timeout: 10m }]',
  });

const until = async (holds: () => Promise<boolean>) => {
  while (!(await holds())) await sleep(20);
};

test('an operator sees a family from the command line, and cancels it as one', async () => {
  const daemon = await startedDaemon(files('sleep'));
  onTestFinished(() => void daemon.stop());
  const run = async (...words: string[]) => {
    const { exitCode, stderr, stdout } = await chimera([...words, '--url', daemon.url]);
    expect(stderr).toBe('');
    expect(exitCode).toBe(0);
    return stdout;
  };
  const statuses = async (parent: string) => {
    const { items } = await daemon.client.list({ parent });
    return items.map(({ definition, status }) => `${definition} ${status}`);
  };

  const id = (await run('submit', 'fan', '--input', '{"n":7}')).trim();
  await until(async () => (await statuses(id)).join() === 'sleep running,work completed');
  const [sleeping, working] = (await daemon.client.list({ parent: id })).items;

  const shown = await run('show', id);
  expect(shown).toContain('waits for its children: 1 pending, 1 completed, 0 failed');
  expect(shown).toContain(`children, newest first; all: chimera list --parent ${id}`);
  expect(shown).toMatch(new RegExp(`  ${working?.id} +work +completed`));
  expect(await run('show', sleeping?.id ?? '')).toContain(`${id}, child 1`);
  const listed = await run('list', '--parent', id);
  expect(listed).toContain(sleeping?.id);
  expect(listed).not.toContain(`${id} `);

  await run('cancel', id);
  await until(async () => (await statuses(id)).join() === 'sleep cancelled,work completed');
  expect((await daemon.client.get(id)).status).toBe('cancelled');
  expect((await daemon.client.status()).pool.running).toBe(0);
});

test('a dead child names its parent, and the letter of a dead parent as the one to requeue', async () => {
  const daemon = await startedDaemon(
    newDirectory({
      'chimera.yaml': `
agents: { worker: { type: module, module: worker.mjs } }
workflows: [fan.yaml, work.yaml]
`,
      'worker.mjs': 'export const run = ({ input }) => ({ done: input.n });',
      'fan.yaml': `
name: fan
phases:
  - name: all
    stage: implementation
    timeout: 10m
    children: { start: [{ workflow: work }] }
`,
      'work.yaml': `
name: work
phases:
  - { name: do, stage: implementation, agent: worker, timeout: 10s, inputFrom: { n: /input/n } }
`,
    }),
  );
  onTestFinished(() => void daemon.stop());
  const { client, url } = daemon;
  const run = async (...words: string[]) => {
    const { exitCode, stderr, stdout } = await chimera([...words, '--url', url]);
    expect([exitCode, stderr]).toEqual([0, '']);
    return stdout;
  };
  const letterOf = async (workflow: string) =>
    (await client.deadLetters({ status: 'open', workflow })).items[0]?.id ?? '';

  const { id: alone } = await client.submit({ definition: 'work', input: {} });
  await until(async () => (await letterOf(alone)) !== '');
  expect(await run('dlq', 'show', await letterOf(alone))).toContain(
    `next: chimera dlq requeue ${await letterOf(alone)} --input '{…}'   or `,
  );

  const { id } = await client.submit({ definition: 'fan', input: {} });
  await until(async () => (await letterOf(id)) !== '');
  const [child] = (await client.list({ parent: id })).items;
  const letter = await letterOf(child?.id ?? '');
  const ended = `its parent is dead and waits for no child; requeue that one: chimera dlq requeue ${await letterOf(id)}`;
  const shown = await run('dlq', 'show', letter);
  expect(shown).toMatch(new RegExp(`^parent +${id}, child 0, dead$`, 'm'));
  expect(shown).toContain(`next: ${ended}`);
  expect(await run('dlq', 'requeue', letter)).toBe(
    `${child?.id} is queued again at do\n${ended}\n`,
  );
});

test('a definition whose child is unknown is refused at the start', async () => {
  const { exitCode, stderr } = await chimera([
    'start',
    '--config',
    `${files('slep')}/chimera.yaml`,
  ]);
  expect(exitCode).not.toBe(0);
  expect(stderr).toContain('must be a known workflow (did you mean "sleep"?), got "slep"');
});
