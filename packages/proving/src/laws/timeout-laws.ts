import { all } from '../check/history.ts';
import type { TimeoutRules } from '../check/rules.ts';
import { findBreach } from './call-laws.ts';
import { type HistoryLaw, type Law, without } from './law.ts';

type TimeoutLaw = HistoryLaw<TimeoutRules>;

const answersInTime: TimeoutLaw = {
  id: 'timeout-1',
  prose: 'Every call is answered when its time is up, whatever its operation does.',
  check: (history) => {
    const answers = all(history, 'answered');
    return findBreach(history.seen, (event) => {
      if (event.type !== 'called') return undefined;
      const answer = answers.find(({ call }) => call === event.call);
      const ms = (answer?.at ?? Infinity) - event.at;
      return ms > history.rules.afterMs ? `call ${event.call} takes ${ms} ms` : undefined;
    });
  },
};

const passesOnWhatComesInTime: TimeoutLaw = {
  id: 'timeout-2',
  prose: 'What comes before the time is up is the answer, at once.',
  check: (history) => {
    const { afterMs } = history.rules;
    const answers = all(history, 'answered');
    const called = all(history, 'called');
    const aborted = new Set(all(history, 'aborted').map(({ call }) => call));
    return findBreach(history.seen, (event) => {
      if (event.type !== 'ended' || aborted.has(event.call)) return undefined;
      const since = called.find(({ call }) => call === event.call)?.at ?? 0;
      if (event.at - since >= afterMs) return undefined;
      const answer = answers.find(({ call }) => call === event.call);
      const isOwn = answer?.answer.as === (event.gives === 'S' ? 'result' : 'error');
      return answer?.at === event.at && isOwn
        ? undefined
        : `call ${event.call} ended in time, and is answered otherwise`;
    });
  },
};

const strikesAtItsTime: TimeoutLaw = {
  id: 'timeout-3',
  prose: 'Nobody is timed out before the time is up.',
  check: (history) => {
    const called = all(history, 'called');
    return findBreach(history.seen, (event) => {
      if (event.type !== 'answered' || event.answer.as !== 'timed out') return undefined;
      const ms = event.at - (called.find(({ call }) => call === event.call)?.at ?? 0);
      return ms < history.rules.afterMs
        ? `call ${event.call} is timed out after ${ms} ms`
        : undefined;
    });
  },
};

const stopsTheOperation: TimeoutLaw = {
  id: 'timeout-4',
  prose: 'When the time is up, the signal of the operation is aborted at that instant.',
  check: ({ seen }) => {
    const running = new Set<number>();
    return findBreach(seen, (event) => {
      if (event.type === 'started') running.add(event.call);
      if (event.type === 'ended') running.delete(event.call);
      if (event.type !== 'answered' || event.answer.as !== 'timed out') return undefined;
      const isTold = seen.some(
        (other) =>
          (other.type === 'signalled' || (other.type === 'ended' && other.gives === 'A')) &&
          other.call === event.call &&
          other.at === event.at,
      );
      return running.has(event.call) && !isTold
        ? `the operation of call ${event.call} is not told`
        : undefined;
    });
  },
};

const callsOnce: TimeoutLaw = {
  id: 'timeout-5',
  prose: 'Each call calls its operation once, at once.',
  check: (history) => {
    const starts = all(history, 'started');
    return findBreach(history.seen, (event) => {
      if (event.type !== 'called') return undefined;
      const own = starts.filter(({ call }) => call === event.call);
      return own.length === 1 && own[0]?.at === event.at
        ? undefined
        : `call ${event.call} calls its operation ${own.length} times`;
    });
  },
};

export const timeoutLaws: readonly Law<TimeoutRules>[] = [
  answersInTime,
  passesOnWhatComesInTime,
  strikesAtItsTime,
  stopsTheOperation,
  callsOnce,
  {
    id: 'timeout-6',
    prose: 'Jumps of the wall clock change nothing.',
    twin: (program) => without(program, 'jump'),
  },
];
