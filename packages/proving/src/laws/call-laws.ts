import { all, type Seen } from '../check/history.ts';
import type { HistoryLaw, TwinLaw } from './law.ts';

/** What holds of every policy, whatever it does. */
export const answersEveryCall: HistoryLaw = {
  id: 'call-1',
  prose: 'Every call is answered, once what it called has ended and nothing is left to wait for.',
  check: (history) => {
    const answered = new Set(all(history, 'answered').map(({ call }) => call));
    const lost = all(history, 'called').find(({ call }) => !answered.has(call));
    return lost && { at: history.seen.indexOf(lost), says: `call ${lost.call} is never answered` };
  },
};

export const leavesNothingBehind: HistoryLaw = {
  id: 'call-2',
  prose: 'When all calls have ended, no timer runs and no listener is left on a signal.',
  check: ({ seen }) => {
    const at = seen.findIndex(
      (event) => event.type === 'rested' && event.timers + event.listeners > 0,
    );
    const rested = seen[at];
    if (rested?.type !== 'rested') return undefined;
    return { at, says: `${rested.timers} timers and ${rested.listeners} listeners are left` };
  },
};

export const refusesWithoutCalling: HistoryLaw = {
  id: 'call-3',
  prose: 'A call that is refused has not called its operation.',
  check: ({ seen }) => {
    const started = new Set<number>();
    return findBreach(seen, (event) => {
      if (event.type === 'started') started.add(event.call);
      const isRefused = event.type === 'answered' && event.answer.as === 'refused';
      return isRefused && started.has(event.call)
        ? `call ${event.call} is refused after its operation was called`
        : undefined;
    });
  },
};

export const heedsItsCaller: HistoryLaw = {
  id: 'call-4',
  prose: "A caller who gives up is answered at once, with the caller's own reason.",
  check: ({ seen }) =>
    findBreach(seen, (event) => {
      if (event.type !== 'aborted') return undefined;
      const answer = seen.find((other) => other.type === 'answered' && other.call === event.call);
      if (answer?.type !== 'answered' || answer.at !== event.at) {
        return `the caller of ${event.call} gives up and is not answered`;
      }
      return answer.answer.as === 'aborted'
        ? undefined
        : `the caller of ${event.call} gives up and is told: ${answer.answer.as}`;
    }),
};

export const passesOnWhatItGot: HistoryLaw = {
  id: 'call-5',
  prose: 'A result or an error of an operation reaches its own caller, and is the same object.',
  check: ({ seen }) =>
    findBreach(seen, (event) => {
      if (event.type !== 'answered') return undefined;
      const { answer, call } = event;
      if (answer.as === 'other') return `call ${call} is answered with ${answer.what}`;
      const isOwn = !('call' in answer) || answer.call === call;
      return isOwn ? undefined : `call ${call} is answered with what another call got`;
    }),
};

export const tellsOperationsToStop: HistoryLaw = {
  id: 'call-6',
  prose: 'When a caller gives up, the signal of the operation that runs for it is aborted at once.',
  check: ({ seen }) => {
    const running = new Map<number, number>();
    return findBreach(seen, (event, index) => {
      if (event.type === 'started') running.set(event.call, event.attempt);
      if (event.type === 'ended') running.delete(event.call);
      const attempt = event.type === 'aborted' ? running.get(event.call) : undefined;
      if (event.type !== 'aborted' || attempt === undefined) return undefined;
      const isTold = seen.some(
        (other, after) =>
          after > index &&
          other.at === event.at &&
          (other.type === 'signalled' || other.type === 'ended') &&
          other.call === event.call,
      );
      return isTold ? undefined : `the operation of call ${event.call} is not told`;
    });
  },
};

/** Research §3, retry 8: chance comes from where it should. */
export const isDeterministic: TwinLaw = {
  id: 'call-7',
  prose: 'The same calls at the same instants and the same random numbers come to the same.',
  twin: (program) => program,
};

/** The first event of which something is to be said. */
export function findBreach(
  seen: readonly Seen[],
  says: (event: Seen, index: number) => string | undefined,
) {
  for (const [at, event] of seen.entries()) {
    const told = says(event, at);
    if (told !== undefined) return { at, says: told };
  }
  return undefined;
}

export const callLaws: readonly HistoryLaw[] = [
  answersEveryCall,
  leavesNothingBehind,
  refusesWithoutCalling,
  heedsItsCaller,
  passesOnWhatItGot,
  tellsOperationsToStop,
];
