import {
  claimed,
  expectEqual,
  submitted,
  tried,
  work,
  type WorkflowStoreLaw,
} from './store-under-test.ts';

export const submitLaws: readonly WorkflowStoreLaw[] = [
  {
    id: 'store-1',
    name: 'what was submitted is there, queued, with all that was given',
    check: async (subject) => {
      const given = { input: { deep: [1, { two: null }] }, priority: 7, labels: { team: 'a' } };
      const [id = ''] = await submitted(subject, given);
      const { definition, input, labels, priority, state } = (await subject.store.get(id)) ?? {};
      expectEqual(
        { definition, input, labels, priority, status: state?.status, phase: state?.phase },
        { definition: tried.name, ...given, status: 'queued', phase: 'plan' },
        'the record',
      );
    },
  },
  {
    id: 'store-2',
    name: 'the same key with the same workflow submits once, however often it is sent',
    check: async (subject) => {
      const { store } = subject;
      const sent = work({ idempotencyKey: 'k' });
      const [first] = await store.submit([sent]);
      const [again] = await store.submit([sent]);
      expectEqual(again, { id: first?.id, created: false }, 'the second sending');
      expectEqual((await store.counts()).queued, 1, 'workflows');
    },
  },
  {
    id: 'store-3',
    name: 'a key that was used for another workflow is refused, and nothing of its batch is kept',
    check: async (subject) => {
      const { store } = subject;
      await store.submit([work({ idempotencyKey: 'k' })]);
      const other = work({ idempotencyKey: 'k', priority: 9 });
      const code = await store.submit([work(), other]).then(
        () => 'no error',
        (error: { readonly code?: string }) => error.code,
      );
      expectEqual(code, 'IDEMPOTENCY_MISMATCH', 'the refusal');
      expectEqual((await store.counts()).queued, 1, 'workflows');
    },
  },
  {
    id: 'store-4',
    name: 'a list has each once, newest first, over its pages',
    check: async (subject) => {
      const ids = await submitted(subject, {}, {}, {}, {}, {});
      const listed: string[] = [];
      for (let cursor: string | undefined; ;) {
        const page = await subject.store.list({
          limit: 2,
          ...(cursor === undefined ? {} : { cursor }),
        });
        listed.push(...page.items.map(({ id }) => id));
        if (page.nextCursor === undefined) break;
        cursor = page.nextCursor;
      }
      expectEqual(listed, ids.toReversed(), 'the list');
    },
  },
  {
    id: 'store-5',
    name: 'counts are what lists have, by status',
    check: async (subject) => {
      await submitted(subject, {}, {}, {});
      await claimed(subject, { limit: 1 });
      const { store } = subject;
      const [cancelled] = (await store.list({ status: 'queued', limit: 1 })).items;
      await store.apply({
        workflowId: cancelled?.id ?? '',
        event: { type: 'cancel-requested', at: subject.now(), reason: 'enough' },
      });
      const counts = await store.counts();
      for (const status of ['queued', 'running', 'cancelled'] as const) {
        const { items } = await store.list({ status, limit: 10 });
        expectEqual([status, counts[status]], [status, items.length], 'counts');
        expectEqual([status, items.length], [status, 1], 'the list');
      }
    },
  },
];
