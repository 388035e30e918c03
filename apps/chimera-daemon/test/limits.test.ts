import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { limitInWords } from '../src/http/limit-view.ts';
import { chimera, newDirectory, startedDaemon } from './chimera-process.ts';
import { smallDaemon, workflowOf } from './small-daemon.ts';

const nap = workflowOf([{ name: 'nap', stage: 'planning', agent: 'sleeper', timeout: '1h' }]);

/** A daemon whose agent sleeps for a second, and what it has begun, with the instants. */
async function sleepingDaemon(limits: Parameters<typeof smallDaemon>[0]['limits']) {
  const began: { readonly at: number; readonly n: unknown }[] = [];
  const daemon = await smallDaemon({
    size: 10,
    limits: limits ?? [],
    agents: {
      sleeper: ({ input }) =>
        new Promise((resolve) => {
          began.push({ at: daemon.clock.now() - begin, n: input.n });
          daemon.clock.setTimer(() => resolve('slept'), 1_000);
        }),
    },
  });
  const begin = daemon.clock.now();
  daemon.pool.start();
  return { ...daemon, began };
}

test('one of a key runs at a time, the next at once when it ends; the slots are for others meanwhile', async () => {
  const { advance, began, pool, submit } = await sleepingDaemon([
    { label: 'repository', concurrency: 1 },
  ]);
  for (let n = 0; n < 3; n += 1) await submit(nap, { n }, 9, { repository: 'shop' });
  for (let n = 3; n < 8; n += 1) await submit(nap, { n }, 1, { repository: `r${n}` });
  await advance(500);
  expect(pool.running).toBe(6);
  expect(began.map(({ n }) => n)).toEqual([0, 3, 4, 5, 6, 7]);
  await advance(5_000);
  expect(began.slice(6)).toEqual([
    { at: 1_000, n: 1 },
    { at: 2_000, n: 2 },
  ]);
});

test('the pool wakes in the instant at which a rate has room', async () => {
  const { advance, began, submit } = await sleepingDaemon([
    { agent: 'sleeper', rate: { starts: 2, perMs: 7_000 } },
  ]);
  for (let n = 0; n < 5; n += 1) await submit(nap, { n });
  await advance(20_000);
  expect(began.map(({ at }) => at)).toEqual([0, 0, 7_000, 7_000, 14_000]);
});

test('a cancellation counts for work that a claim has taken and not begun', async () => {
  const agents = { sleeper: () => new Promise(() => {}) };
  const before = await smallDaemon({ agents });
  const labels = { repository: 'shop' };
  const work = Array.from({ length: 700 }, () => ({ definition: nap, input: {}, priority: 5 }));
  const [first] = await before.store.submit(work.map((each) => ({ ...each, labels })));
  await before.store.close();
  const { path } = before;
  const limits = [{ label: 'repository', concurrency: 1 }] as const;
  const { advance, clock, pool, state, store } = await smallDaemon({ agents, limits, path });
  const id = first?.id ?? '';
  // The second slot has the claim look at so many that it takes several transactions.
  pool.start();
  while ((await state(id)).status !== 'running') await setImmediate();
  expect(pool.running).toBe(0);
  const event = { type: 'cancel-requested', at: clock.now(), reason: 'wrong input' } as const;
  await store.apply({ workflowId: id, event });
  pool.cancel(id);
  await advance(5);
  expect((await state(id)).status).toBe('cancelled');
  expect(pool.running).toBe(1);
});

const config = `
pool: { min: 2, max: 2 }
shutdown: { grace: 500ms }
limits: [{ label: repository, concurrency: 1 }]
agents:
  sleeper: { type: command, command: [node, -e, "setInterval(() => {}, 1000)"], killAfter: 1s }
workflows: [sleep.yaml]
`;

test('an operator labels work, and hears what it waits for', async () => {
  const daemon = await startedDaemon(
    newDirectory({
      'chimera.yaml': config,
      'sleep.yaml':
        'name: sleep\nphases: [{ name: nap, stage: planning, agent: sleeper, timeout: 10m }]',
    }),
  );
  onTestFinished(() => void daemon.stop());
  const run = async (...words: string[]) => {
    const { exitCode, stderr, stdout } = await chimera([...words, '--url', daemon.url]);
    return { exitCode, text: exitCode === 0 ? stdout.trim() : stderr };
  };
  const labelled = ['submit', 'sleep', '--label', 'repository=shop', '-l', 'team=a=b'] as const;
  const first = await run(...labelled);
  await expect.poll(async () => (await daemon.client.get(first.text)).status).toBe('running');
  const second = await run(...labelled);
  expect(await daemon.client.get(second.text)).toMatchObject({
    status: 'queued',
    labels: { repository: 'shop', team: 'a=b' },
    why: 'phase "nap" waits: repository=shop has 1 of 1 running',
  });
  expect((await run('show', second.text)).text).toMatch(/labels +repository=shop, team=a=b/);
  expect((await run('status')).text).toMatch(
    /limit +repository=shop holds work back: 1 of 1 running/,
  );
  expect(await daemon.client.status()).toMatchObject({
    limits: [{ key: 'repository=shop', running: 1, concurrency: 1, rate: null, nextStartAt: null }],
  });
  await run('cancel', first.text);
  await expect.poll(async () => (await daemon.client.get(second.text)).status).toBe('running');
  const wrong = await run('submit', 'sleep', '--label', 'Repository=shop');
  expect(wrong).toMatchObject({ exitCode: 1 });
  expect(wrong.text).toContain('labels.Repository must be named with lower-case letters');
  expect((await run('submit', 'sleep', '--label', 'shop')).text).toContain('name=value');
  const twice = await run('submit', 'sleep', '-l', 'team=a', '--label', 'team=b');
  expect(twice).toMatchObject({ exitCode: 2 });
  expect(twice.text).toContain('team has "a" by another --label, beside "b"');
  const listed = await run('list', '-l', 'repository=shop', '--label', 'team=a=b', '-n', '1');
  expect(listed.text).toMatch(/^ID +DEFINITION +STATUS +AGE +PHASE +WHY\n/);
  expect(listed.text).toMatch(new RegExp(`^${second.text} +sleep +running +\\d+s +nap`, 'm'));
  expect(listed.text).not.toContain(first.text);
  const [, next = ''] = /there are more: chimera (.*)$/m.exec(listed.text) ?? [];
  expect(next).toContain('list -l repository=shop --label team=a=b -n 1 --url ');
  expect((await chimera(next.split(' '))).stdout).toContain(first.text);
  expect((await run('list', '--label', 'repository=bank')).text.split('\n')).toHaveLength(1);
  expect(await daemon.client.list({ labels: { team: 'a=b' } })).toMatchObject({
    items: [{ id: second.text }, { id: first.text }],
    nextCursor: null,
  });
  for (const [query, problem] of [
    ['label=shop', 'label must have the form name=value, such as repository=shop, got "shop"'],
    [
      'label=a=b&label=a=c',
      'label must not name a label twice: it has one value, got ["a=b","a=c"]',
    ],
  ] as const) {
    const refused = await fetch(`${daemon.url}/api/workflows?${query}`);
    expect(await refused.json()).toMatchObject({ error: { message: problem } });
  }
  const many = Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`l${n}`, 'x']));
  await expect(
    daemon.client.submit({ definition: 'sleep', input: {}, labels: many }),
  ).rejects.toMatchObject({ message: expect.stringContaining('labels must be at most 16') });
}, 60_000);

test('a rate says that it counts starts of phases', () => {
  const rule = { agent: 'coder', rate: { starts: 1, perMs: 1_000 } };
  expect(limitInWords({ key: 'agent coder', rule, running: 0, until: 0 })).toBe(
    'agent coder has started 1 phase within 1s, as many as its rate allows; the next may start at 1970-01-01T00:00:00.000Z',
  );
});
