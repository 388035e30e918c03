import type { ConformanceLaw } from './scorecard.ts';

export interface ParkedLetter {
  readonly id: string;
  readonly task: string;
  readonly error: { readonly message: string; readonly code?: string };
}

/** A dead letter queue that is empty, and its clock. */
export interface DeadLettersUnderTest {
  /** Times that a task may be replayed; Infinity: any. */
  readonly maxReplays: number;
  readonly park: (task: string, error: Error & { readonly code?: string }) => Promise<string>;
  /** Those that nobody has seen to, in any order. */
  readonly parked: () => Promise<readonly ParkedLetter[]>;
  /** Puts one back: rejects when it is not parked any more, when its task was replayed too often, and when `enqueue` does. */
  readonly replay: (id: string, enqueue: (task: string) => Promise<void>) => Promise<void>;
  /** Removes what has been parked for longer than this; returns how many. */
  readonly purge: (olderThanMs: number) => Promise<number>;
  readonly advance: (ms: number) => Promise<void>;
}

type DeadLetterLaw = ConformanceLaw<DeadLettersUnderTest> & { readonly id: string };

function failure(message: string, code?: string): Error & { readonly code?: string } {
  return Object.assign(new Error(message), code === undefined ? {} : { code });
}

async function tasks({ parked }: DeadLettersUnderTest): Promise<readonly string[]> {
  return (await parked()).map(({ task }) => task).sort();
}

function expectSame(seen: unknown, expected: unknown, what: string): void {
  const [saw, wanted] = [JSON.stringify(seen), JSON.stringify(expected)];
  if (saw !== wanted) throw new Error(`${what}: expected ${wanted}, got ${saw}`);
}

function isRejected(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => false,
    () => true,
  );
}

const enqueued = () => Promise.resolve();

export const deadLetterLaws: readonly DeadLetterLaw[] = [
  {
    id: 'dlq-1',
    name: 'what went in is parked, replayed or purged',
    check: async (queue) => {
      const ids: string[] = [];
      for (let n = 0; n < 9; n += 1) ids.push(await queue.park(`task-${n}`, failure('broken')));
      const again: string[] = [];
      for (const id of ids.slice(0, 3))
        await queue.replay(id, async (task) => void again.push(task));
      expectSame(again, ['task-0', 'task-1', 'task-2'], 'replayed');
      expectSame((await tasks(queue)).length, 6, 'parked');
      await queue.advance(1_000);
      await queue.purge(500);
      expectSame(await tasks(queue), [], 'parked after a purge');
    },
  },
  {
    id: 'dlq-3',
    name: 'what cannot be put back stays parked',
    check: async (queue) => {
      const id = await queue.park('task', failure('broken'));
      const failed = queue.replay(id, () => Promise.reject(new Error('the queue is full')));
      expectSame(await isRejected(failed), true, 'the replay fails');
      expectSame(await tasks(queue), ['task'], 'parked');
      await queue.replay(id, enqueued);
      expectSame(await tasks(queue), [], 'parked after another try');
    },
  },
  {
    id: 'dlq-4',
    name: 'an error is told as it was',
    check: async (queue) => {
      const message = 'it says "no"\n\u0000 and 💥';
      await queue.park('task', failure(message, 'E_NO'));
      const [letter] = await queue.parked();
      expectSame(
        [letter?.task, letter?.error.message, letter?.error.code],
        ['task', message, 'E_NO'],
        'the letter',
      );
    },
  },
  {
    id: 'dlq-5',
    name: 'of replays at the same time one puts it back',
    check: async (queue) => {
      const id = await queue.park('task', failure('broken'));
      let times = 0;
      const replays = [1, 2, 3].map(() =>
        isRejected(queue.replay(id, async () => void (times += 1))),
      );
      const refused = (await Promise.all(replays)).filter(Boolean).length;
      expectSame([times, refused], [1, 2], 'put back, and refused');
    },
  },
  {
    id: 'dlq-6',
    name: 'a task is replayed as often as it may be, and not once more',
    check: async (queue) => {
      if (queue.maxReplays === Infinity) return;
      for (let replay = 0; replay < queue.maxReplays; replay += 1)
        await queue.replay(await queue.park('task', failure('again')), enqueued);
      const last = await queue.park('task', failure('again'));
      expectSame(
        await isRejected(queue.replay(last, enqueued)),
        true,
        'one replay more is refused',
      );
      expectSame(await tasks(queue), ['task'], 'parked');
    },
  },
  {
    id: 'dlq-9',
    name: 'a purge takes what has been there for too long, and nothing else',
    check: async (queue) => {
      await queue.park('old', failure('broken'));
      await queue.advance(1_000);
      await queue.park('young', failure('broken'));
      await queue.advance(500);
      expectSame(await queue.purge(1_000), 1, 'purged');
      expectSame(await tasks(queue), ['young'], 'parked');
    },
  },
];
