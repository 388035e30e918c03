import { deathLaw, poisonLaw } from './dead-letter-work-laws.ts';
import {
  type DeadLetterLaw,
  expectSame,
  failure,
  type LetterFilter,
  type ParkedError,
  tasksOf,
} from './dead-letters-under-test.ts';

function isRejected(call: Promise<unknown>): Promise<boolean> {
  return call.then(
    () => false,
    () => true,
  );
}

const enqueued = () => Promise.resolve();

/** Without what an implementation adds of its own. */
function told({ cause, code, message }: ParkedError): ParkedError {
  return {
    message,
    ...(code === undefined ? {} : { code }),
    ...(cause === undefined ? {} : { cause: told(cause) }),
  };
}

interface Parked {
  readonly task: string;
  readonly code: string;
  readonly at: number;
}

function matches({ at, code, task }: Parked, filter: LetterFilter, now: number): boolean {
  return (
    (filter.task === undefined || filter.task === task) &&
    (filter.code === undefined || filter.code === code) &&
    (filter.olderThanMs === undefined || now - at > filter.olderThanMs)
  );
}

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
      expectSame((await tasksOf(queue)).length, 6, 'parked');
      await queue.advance(1_000);
      await queue.purge(500);
      expectSame(await tasksOf(queue), [], 'parked after a purge');
    },
  },
  deathLaw,
  {
    id: 'dlq-3',
    name: 'a task is parked or put back, and never both or neither, whatever is cut short',
    check: async (queue) => {
      const id = await queue.park('task', failure('broken'));
      const failed = queue.replay(id, () => Promise.reject(new Error('the queue is full')));
      expectSame(await isRejected(failed), true, 'the replay fails');
      expectSame(await tasksOf(queue), ['task'], 'parked');
      await queue.replay(id, enqueued);
      expectSame(await tasksOf(queue), [], 'parked after another try');
    },
  },
  {
    id: 'dlq-4',
    name: 'a task and the whole chain of its errors are told as they were',
    check: async (queue) => {
      const task = '{"order":7,"note":"it says \\"no\\"\\n"} \u0000 💥';
      const root = failure('connection\nreset', { code: 'ECONNRESET' });
      const middle = failure('', { code: 'E_QUERY', cause: root });
      const error = failure('it says "no"\n\u0000 and 💥', { code: 'E_NO', cause: middle });
      await queue.park(task, error);
      const [letter] = await queue.parked();
      const cause = { message: '', code: 'E_QUERY', cause: told(root as ParkedError) };
      const chain = { message: error.message, code: 'E_NO', cause };
      expectSame([letter?.task, letter && told(letter.error)], [task, told(chain)], 'the letter');
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
      expectSame(await tasksOf(queue), ['task'], 'parked');
    },
  },
  poisonLaw,
  {
    id: 'dlq-8',
    name: 'no more are parked than have room, and what is dropped for that is counted',
    check: async (queue) => {
      const { capacity = Infinity, dropped } = queue;
      if (capacity === Infinity) return;
      for (let parked = 1; parked <= capacity + 5; parked += 1) {
        await queue.park(`task-${parked}`, failure('broken'));
        const kept = Math.min(parked, capacity);
        expectSame(
          [(await tasksOf(queue)).length, await dropped?.()],
          [kept, parked - kept],
          `of ${parked}, kept and dropped`,
        );
      }
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
      expectSame(await tasksOf(queue), ['young'], 'parked');
    },
  },
  {
    id: 'dlq-10',
    name: 'a replay by a filter puts back what matches, and nothing else',
    check: async (queue) => {
      if (queue.replayAll === undefined || queue.maxReplays === 0) return;
      let now = 0;
      let parked: readonly Parked[] = [];
      for (let n = 0; n < 24; n += 1) {
        const letter = { task: `task-${n}`, code: `E_${n % 3}`, at: now };
        await queue.park(letter.task, failure('broken', { code: letter.code }));
        parked = [...parked, letter];
        await queue.advance(10 + n);
        now += 10 + n;
      }
      const age = (n: number) => now - (parked[n]?.at ?? now);
      const filters: readonly LetterFilter[] = [
        { task: 'task-4' },
        { task: 'task-5', code: 'E_0' },
        { code: 'E_1', olderThanMs: age(10) },
        { olderThanMs: age(18) },
        { code: 'E_2' },
        { code: 'E_9' },
        {},
      ];
      for (const filter of filters) {
        const matching = parked.filter((letter) => matches(letter, filter, now));
        const replayed: string[] = [];
        await queue.replayAll(filter, async (task) => void replayed.push(task));
        parked = parked.filter((letter) => !matching.includes(letter));
        const sorted = (letters: readonly Parked[]) => letters.map(({ task }) => task).sort();
        const what = JSON.stringify(filter);
        expectSame(replayed.sort(), sorted(matching), `put back by ${what}`);
        expectSame(await tasksOf(queue), sorted(parked), `parked after ${what}`);
      }
    },
  },
];
