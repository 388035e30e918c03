import { seededRandom } from '@chimera/policy';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { labelledPage } from '../src/http/labelled-page.ts';
import { smallDaemon, workflowOf } from './small-daemon.ts';

const work = workflowOf([{ name: 'do', stage: 'planning', agent: 'worker', timeout: '5s' }]);

test('pages of a label hold each workflow that has it once, newest first, whatever their size', async () => {
  const { pool, store } = await smallDaemon({ agents: {} });
  onTestFinished(async () => {
    await pool.stop(0);
    await store.close();
  });
  const random = seededRandom(7);
  const newWork = (index: number) => ({
    definition: work,
    input: { index },
    priority: 5,
    labels: {
      repository: random() < 0.2 ? 'shop' : 'bank',
      team: random() < 0.5 ? 'a=b' : 'c',
      traceparent: '00-a-b-01',
    },
  });
  await store.submit(Array.from({ length: 450 }, (_, index) => newWork(index)));
  const all = await store.list({ limit: 500 });
  const sizes = fc.integer({ min: 1, max: 120 });
  const labels = fc.constantFrom<Record<string, string>>(
    { repository: 'shop' },
    { repository: 'shop', team: 'a=b' },
    { team: 'c' },
    { repository: 'nowhere' },
    // The daemon's own.
    { traceparent: '00-a-b-01' },
    {},
  );
  await fc.assert(
    fc.asyncProperty(sizes, labels, async (limit, wanted) => {
      const ids: string[] = [];
      let cursor: string | undefined;
      do {
        const filter = { limit, ...(cursor === undefined ? {} : { cursor }) };
        const page = await labelledPage(store, filter, wanted);
        expect(page.items.length).toBeLessThanOrEqual(limit);
        ids.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      const given = all.items.filter(({ labels: has }) =>
        Object.entries(wanted).every(
          ([name, value]) => name !== 'traceparent' && has?.[name] === value,
        ),
      );
      expect(ids).toEqual(given.map(({ id }) => id));
    }),
    { numRuns: 30 },
  );
});

test('an answer that has read enough is short, and its cursor goes on', async () => {
  const { pool, store } = await smallDaemon({ agents: {} });
  onTestFinished(async () => {
    await pool.stop(0);
    await store.close();
  });
  const submit = (count: number, labels: Readonly<Record<string, string>>) =>
    store.submit(
      Array.from({ length: count }, () => ({ definition: work, input: {}, priority: 5, labels })),
    );
  await submit(1, { rare: 'yes' });
  await submit(2_100, {});
  const first = await labelledPage(store, { limit: 10 }, { rare: 'yes' });
  expect(first.items).toEqual([]);
  const cursor = first.nextCursor ?? '';
  const second = await labelledPage(store, { limit: 10, cursor }, { rare: 'yes' });
  expect(second.items.map(({ labels }) => labels)).toEqual([{ rare: 'yes' }]);
  expect(second.nextCursor).toBeUndefined();
});
