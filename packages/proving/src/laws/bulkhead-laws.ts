import { all, type History, type Seen } from '../check/history.ts';
import type { BulkheadRules } from '../check/rules.ts';
import { NaiveQueue } from '../model/naive-queue.ts';
import { findBreach } from './call-laws.ts';
import { type HistoryLaw, type Law, without } from './law.ts';

type BulkheadLaw = HistoryLaw<BulkheadRules>;

/** Looks at each event beside who ran and who waited before it. */
function beside(
  { seen }: History,
  says: (queue: NaiveQueue, event: Seen, index: number) => string | undefined,
) {
  const queue = new NaiveQueue();
  return findBreach(seen, (event, index) => {
    const told = says(queue, event, index);
    queue.see(event);
    return told;
  });
}

const boundsWhatRuns: BulkheadLaw = {
  id: 'bulkhead-1',
  prose:
    'No more operations run at once than there are places; one whose caller has an answer already still has its place.',
  check: (history) =>
    beside(history, ({ running }, event) =>
      event.type === 'started' && running.size >= history.rules.maxConcurrent
        ? `${running.size + 1} run at once`
        : undefined,
    ),
};

const usesItsPlaces: BulkheadLaw = {
  id: 'bulkhead-2',
  prose: 'While a place is free nobody waits: who is next begins at the same instant.',
  check: (history) =>
    beside(history, ({ running, waiting }, event) => {
      const isQuiet = event.type === 'waited' || event.type === 'clearing';
      if (!isQuiet || waiting.size === 0 || running.size >= history.rules.maxConcurrent) {
        return undefined;
      }
      return `${waiting.size} wait while ${running.size} run`;
    }),
};

const servesInOrder: BulkheadLaw = {
  id: 'bulkhead-3',
  prose: 'Calls of the same priority begin in the order in which they came.',
  check: (history) =>
    beside(history, ({ waiting }, event) => {
      const [first] = waiting.keys();
      return event.type === 'started' && event.call !== first
        ? `call ${event.call} begins before call ${first}`
        : undefined;
    }),
};

const forgetsWhoLeaves: BulkheadLaw = {
  id: 'bulkhead-4',
  prose: 'A call whose caller gave up while it waited never begins.',
  check: ({ seen }) => {
    const gone = new Set<number>();
    return findBreach(seen, (event) => {
      if (event.type === 'aborted') gone.add(event.call);
      return event.type === 'started' && gone.has(event.call)
        ? `call ${event.call} begins for nobody`
        : undefined;
    });
  },
};

const refusesOnlyWhenFull: BulkheadLaw = {
  id: 'bulkhead-5',
  prose: 'A call is refused only when the queue is full, or when it has waited for too long.',
  check: (history) => {
    const { maxConcurrent, maxQueue, maxWaitMs } = history.rules;
    return beside(history, ({ running, waiting }, event) => {
      if (event.type !== 'answered' || event.answer.as !== 'refused') return undefined;
      const since = waiting.get(event.call)?.since ?? event.at;
      if (event.at - since >= maxWaitMs) return undefined;
      const others = waiting.size - 1;
      const isFull = running.size >= maxConcurrent && others >= maxQueue;
      return isFull ? undefined : `it refuses while ${running.size} run and ${others} wait`;
    });
  },
};

const boundsItsQueue: BulkheadLaw = {
  id: 'bulkhead-6',
  prose: 'No more calls wait than the queue has places.',
  check: (history) =>
    beside(history, ({ waiting }, event) =>
      event.type === 'waited' && waiting.size > history.rules.maxQueue
        ? `${waiting.size} wait`
        : undefined,
    ),
};

const boundsWaiting: BulkheadLaw = {
  id: 'bulkhead-7',
  prose: 'Nobody waits for longer than the longest wait: then the call begins or is refused.',
  check: (history) => {
    const { maxWaitMs } = history.rules;
    return findBreach(history.seen, (event) => {
      if (event.type !== 'called') return undefined;
      const end = all(history, 'answered').find(({ call }) => call === event.call);
      const start = all(history, 'started').find(({ call }) => call === event.call);
      const waited = (start ?? end ?? event).at - event.at;
      return waited > maxWaitMs ? `call ${event.call} waits for ${waited} ms` : undefined;
    });
  },
};

const answersWhenItEnds: BulkheadLaw = {
  id: 'bulkhead-8',
  prose: 'Each call calls its operation once, and is answered when that has ended.',
  check: ({ seen }) => {
    const started = new Set<number>();
    const aborted = new Set<number>();
    const ended = new Map<number, number>();
    return findBreach(seen, (event) => {
      if (event.type === 'aborted') aborted.add(event.call);
      if (event.type === 'ended') ended.set(event.call, event.at);
      if (event.type === 'started') {
        if (started.has(event.call)) return `call ${event.call} calls its operation twice`;
        started.add(event.call);
      }
      if (event.type !== 'answered' || !started.has(event.call) || aborted.has(event.call)) {
        return undefined;
      }
      return ended.get(event.call) === event.at
        ? undefined
        : `call ${event.call} is not answered when it ends`;
    });
  },
};

export const bulkheadLaws: readonly Law<BulkheadRules>[] = [
  boundsWhatRuns,
  usesItsPlaces,
  servesInOrder,
  forgetsWhoLeaves,
  refusesOnlyWhenFull,
  boundsItsQueue,
  boundsWaiting,
  answersWhenItEnds,
  {
    id: 'bulkhead-9',
    prose: 'Jumps of the wall clock change nothing.',
    twin: (program) => without(program, 'jump'),
  },
];
