import {
  claimed,
  claimedOne,
  expectEqual,
  leaseMs,
  submitted,
  work,
  type WorkflowStoreLaw,
} from './store-under-test.ts';

const nobodyDead = () => false;

export const claimLaws: readonly WorkflowStoreLaw[] = [
  {
    id: 'store-6',
    name: 'claims offer the most urgent first, and of those the oldest, and take as many as asked for',
    check: async (subject) => {
      const priorities = [1, 5, 5, 9];
      const ids = await submitted(subject, ...priorities.map((priority) => ({ priority })));
      const claims = await claimed(subject, { limit: 3 });
      expectEqual(
        claims.map(({ record }) => record.id),
        [ids[3], ids[1], ids[2]],
        'claims',
      );
    },
  },
  {
    id: 'store-7',
    name: 'the scheduler has the last word: what it does not name is not claimed',
    check: async (subject) => {
      const [first, second] = await submitted(subject, {}, {});
      const claims = await subject.store.claim({
        holder: 'holder',
        leaseMs,
        limit: 5,
        choose: () => (second === undefined ? [] : [second]),
      });
      expectEqual(
        claims.map(({ record }) => record.id),
        [second],
        'claims',
      );
      expectEqual((await subject.store.get(first ?? ''))?.state.status, 'queued', 'the other');
    },
  },
  {
    id: 'store-8',
    name: 'lower priorities than asked for are not offered',
    check: async (subject) => {
      const [, high] = await submitted(subject, { priority: 3 }, { priority: 8 });
      const claims = await claimed(subject, { minPriority: 5 });
      expectEqual(
        claims.map(({ record }) => record.id),
        [high],
        'claims',
      );
    },
  },
  {
    id: 'store-9',
    name: 'nothing is claimed before it is due, and it is due when it says',
    check: async (subject) => {
      const runAt = subject.now() + 5_000;
      await submitted(subject, { runAt });
      expectEqual(await claimed(subject), [], 'claims before');
      expectEqual(await subject.store.nextDueAt(), runAt, 'the next that is due');
      await subject.advance(5_000);
      await claimedOne(subject);
    },
  },
  {
    id: 'store-10',
    name: 'what is held is not claimed again, and its claim says under which token and until when',
    check: async (subject) => {
      await submitted(subject, {});
      const at = subject.now();
      const { record, token } = await claimedOne(subject);
      expectEqual(
        [record.state.status, record.lease?.holder, record.lease?.token, record.lease?.expiresAt],
        ['running', 'holder', token, at + leaseMs],
        'the lease',
      );
      expectEqual(await claimed(subject, { holder: 'other' }), [], 'claims of another');
    },
  },
  {
    id: 'store-11',
    name: 'the tokens of a workflow strictly increase',
    check: async (subject) => {
      await submitted(subject, {});
      let before = 0;
      for (let turn = 0; turn < 3; turn += 1) {
        const { token } = await claimedOne(subject);
        if (!(token > before)) throw new Error(`token ${token} after token ${before}`);
        before = token;
        await subject.advance(leaseMs + 1);
        await subject.store.recover({ deadHolders: nobodyDead, now: subject.now() });
      }
    },
  },
  {
    id: 'store-12',
    name: 'who has an older token changes nothing',
    check: async (subject) => {
      const { store } = subject;
      await submitted(subject, {});
      const old = await claimedOne(subject);
      await subject.advance(leaseMs + 1);
      await store.recover({ deadHolders: nobodyDead, now: subject.now() });
      const { record, token } = await claimedOne(subject, 'next');
      const event = { type: 'phase-succeeded', at: subject.now(), output: 'late' } as const;
      const late = await store.apply({ workflowId: record.id, token: old.token, event });
      expectEqual(late, undefined, 'the late outcome');
      expectEqual(await store.get(record.id), record, 'the record');
      const own = await store.apply({ workflowId: record.id, token, event });
      expectEqual(own?.record.state.phase, 'build', 'the phase after the own outcome');
    },
  },
  {
    id: 'store-13',
    name: 'a lease is renewed by its holder alone, and who has lost one is told',
    check: async (subject) => {
      const { store } = subject;
      const [id = ''] = await submitted(subject, {});
      const { token } = await claimedOne(subject);
      await subject.advance(leaseMs - 1);
      const tokens = new Map([[id, token]]);
      expectEqual(await store.renew('somebody else', tokens, leaseMs), [id], 'lost by another');
      expectEqual(await store.renew('holder', tokens, leaseMs), [], 'lost by the holder');
      const { expiresAt } = (await store.get(id))?.lease ?? {};
      expectEqual(expiresAt, subject.now() + leaseMs, 'the end of the lease');
    },
  },
  {
    id: 'store-14',
    name: 'what is recovered is what has expired or whose holder is dead, and nothing else',
    check: async (subject) => {
      const { store } = subject;
      await submitted(subject, { priority: 9 });
      const { record: dead } = await claimedOne(subject, 'dead');
      await submitted(subject, { priority: 8 });
      const { record: expired } = await claimedOne(subject, 'slow');
      await subject.advance(leaseMs);
      await submitted(subject, { priority: 7 });
      const { record: alive } = await claimedOne(subject, 'alive');
      const recovered = await store.recover({
        deadHolders: (holder) => holder === 'dead',
        now: subject.now(),
      });
      expectEqual(
        recovered.map(({ record }) => record.id).sort(),
        [dead.id, expired.id].sort(),
        'what is recovered',
      );
      expectEqual((await store.get(alive.id))?.state.status, 'running', 'what is alive');
    },
  },
  {
    id: 'store-15',
    name: 'claims made together never take the same workflow',
    check: async (subject) => {
      await subject.store.submit(Array.from({ length: 12 }, () => work()));
      const all = await Promise.all(
        ['a', 'b', 'c', 'd'].map((holder) => claimed(subject, { holder, limit: 5 })),
      );
      const ids = all.flat().map(({ record }) => record.id);
      expectEqual([ids.length, new Set(ids).size], [12, 12], 'claims, and workflows claimed');
    },
  },
];
