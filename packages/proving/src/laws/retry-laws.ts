import { all, type History, type SeenOf } from '../check/history.ts';
import type { RetryRules } from '../check/rules.ts';
import { delayBounds } from '../model/naive-delay.ts';
import { findBreach } from './call-laws.ts';
import { type HistoryLaw, type Law, without } from './law.ts';

type RetryLaw = HistoryLaw<RetryRules>;

/** Clocks and timers count in whole ms; so a delay may be one more or less. */
const toleranceMs = 1;

/** What was seen of one call. */
class CallStory {
  readonly starts: readonly SeenOf<'started'>[];
  readonly ends: readonly SeenOf<'ended'>[];
  readonly answer: SeenOf<'answered'> | undefined;
  readonly called: SeenOf<'called'> | undefined;
  readonly isAborted: boolean;

  constructor(history: History, call: number) {
    const own = <Event extends { readonly call: number }>(events: readonly Event[]) =>
      events.filter((event) => event.call === call);
    this.called = own(all(history, 'called'))[0];
    this.starts = own(all(history, 'started'));
    this.ends = own(all(history, 'ended'));
    this.answer = own(all(history, 'answered'))[0];
    this.isAborted = own(all(history, 'aborted')).length > 0;
  }

  endOf(attempt: number): SeenOf<'ended'> | undefined {
    return this.ends.find((event) => event.attempt === attempt);
  }
}

/** Looks at each attempt after the first of its call, beside the end of the one before. */
function eachRetry(
  history: History<RetryRules>,
  says: (
    start: SeenOf<'started'>,
    before: SeenOf<'ended'> | undefined,
    story: CallStory,
  ) => string | undefined,
) {
  const stories = new Map<number, CallStory>();
  return findBreach(history.seen, (event) => {
    if (event.type !== 'started' || event.attempt === 1) return undefined;
    const story = stories.get(event.call) ?? new CallStory(history, event.call);
    stories.set(event.call, story);
    return says(event, story.endOf(event.attempt - 1), story);
  });
}

const boundsItsAttempts: RetryLaw = {
  id: 'retry-1',
  prose:
    'There are at most so many retries, and none after a success or an error that is final, which is one of the name AbortError.',
  check: (history) =>
    eachRetry(history, ({ call, attempt }, before) => {
      if (attempt > history.rules.maxRetries + 1) return `call ${call} has attempt ${attempt}`;
      if (before === undefined || before.gives === 'F') return undefined;
      const what = before.gives === 'S' ? 'a success' : 'an error that is final';
      return `call ${call} is tried again after ${what}`;
    }),
};

const keepsItsDelays: RetryLaw = {
  id: 'retry-2',
  prose: 'Each delay is in the bounds of its backoff and jitter, capped before it is spread.',
  check: (history) =>
    eachRetry(history, ({ at, attempt, call }, before, story) => {
      if (before === undefined || before.hintMs !== undefined) return undefined;
      const earlier = story.starts.find((start) => start.attempt === attempt - 1);
      const end = story.endOf(attempt - 2);
      const isFirst = earlier === undefined || end === undefined;
      const previousMs = isFirst ? history.rules.baseMs : earlier.at - end.at;
      const [least, most] = delayBounds(history.rules, attempt - 1, previousMs + toleranceMs);
      const ms = at - before.at;
      if (ms >= least - toleranceMs && ms <= most + toleranceMs) return undefined;
      return `call ${call} waits ${ms} ms before attempt ${attempt}, not ${least} to ${most}`;
    }),
};

const heedsDeadlines: RetryLaw = {
  id: 'retry-3',
  prose: 'No attempt begins after the deadline of its call.',
  check: (history) => {
    if (!history.rules.heedsDeadline) return undefined;
    return eachRetry(history, ({ at, attempt, call }, _before, { called }) => {
      const deadline = called?.deadline ?? Infinity;
      return at > deadline ? `attempt ${attempt} of call ${call} begins too late` : undefined;
    });
  },
};

const stopsWithItsCaller: RetryLaw = {
  id: 'retry-4',
  prose: 'After its caller has given up, a call makes no attempt.',
  check: ({ seen }) => {
    const aborted = new Set<number>();
    return findBreach(seen, (event) => {
      if (event.type === 'aborted') aborted.add(event.call);
      if (event.type !== 'started' || !aborted.has(event.call)) return undefined;
      return `call ${event.call} is tried again for nobody`;
    });
  },
};

const answersWithTheLast: RetryLaw = {
  id: 'retry-5',
  prose: 'A call is answered with its first success, else with the error of its last attempt.',
  check: (history) =>
    findBreach(history.seen, (event) => {
      if (event.type !== 'answered' || event.answer.as === 'aborted') return undefined;
      const { answer, call } = event;
      const last = new CallStory(history, call).starts.at(-1)?.attempt;
      if ('attempt' in answer && answer.attempt === last) return undefined;
      return `call ${call} is answered with ${'attempt' in answer ? `attempt ${answer.attempt} of ${last}` : answer.as}`;
    }),
};

const triesOneByOne: RetryLaw = {
  id: 'retry-6',
  prose: 'An attempt begins only when the one before has ended.',
  check: (history) => {
    const running = new Set<number>();
    return findBreach(history.seen, (event) => {
      if (event.type === 'ended') running.delete(event.call);
      if (event.type !== 'started') return undefined;
      if (running.has(event.call)) return `two attempts of call ${event.call} run at once`;
      running.add(event.call);
      return undefined;
    });
  },
};

const keepsItsBudget: RetryLaw = {
  id: 'retry-7',
  prose:
    'At every instant, retries are at most the burst of the budget and its share of all calls.',
  check: ({ rules: { budget }, seen }) => {
    if (budget === undefined) return undefined;
    let calls = 0;
    let retries = 0;
    return findBreach(seen, (event) => {
      if (event.type === 'called') calls += 1;
      if (event.type !== 'started' || event.attempt === 1) return undefined;
      retries += 1;
      const most = budget.burst + budget.share * calls;
      return retries > most ? `${retries} retries with ${calls} calls` : undefined;
    });
  },
};

const waitsAsAsked: RetryLaw = {
  id: 'retry-9',
  prose: 'A retry waits for as long as the error asks, up to the cap for that.',
  check: (history) =>
    eachRetry(history, ({ at, attempt, call }, before) => {
      if (before?.hintMs === undefined) return undefined;
      const least = Math.min(before.hintMs, history.rules.hintCapMs);
      if (at - before.at >= least - toleranceMs) return undefined;
      return `call ${call} waits ${at - before.at} ms before attempt ${attempt}; it is asked for ${before.hintMs}`;
    }),
};

const doesNotGiveUpEarly: RetryLaw = {
  id: 'retry-11',
  prose:
    'A failure that can be tried again is: while attempts, time, budget and the caller allow it.',
  check: (history) => {
    const { budget, heedsDeadline, maxRetries } = history.rules;
    if (budget !== undefined) return undefined;
    return findBreach(history.seen, (event) => {
      if (event.type !== 'answered' || event.answer.as !== 'error') return undefined;
      const story = new CallStory(history, event.call);
      if (story.isAborted || (heedsDeadline && story.called?.deadline !== undefined))
        return undefined;
      const isEarly = story.ends.at(-1)?.gives === 'F' && story.starts.length <= maxRetries;
      return isEarly
        ? `call ${event.call} is given up after ${story.starts.length} of ${maxRetries + 1} attempts`
        : undefined;
    });
  },
};

const tellsItsLastAtOnce: RetryLaw = {
  id: 'retry-12',
  prose: 'When there is no other attempt, the call is answered as soon as the last one has ended.',
  check: (history) =>
    findBreach(history.seen, (event) => {
      if (event.type !== 'answered' || event.answer.as === 'aborted') return undefined;
      const last = new CallStory(history, event.call).ends.at(-1);
      return last !== undefined && event.at > last.at
        ? `call ${event.call} is answered ${event.at - last.at} ms after its last attempt`
        : undefined;
    }),
};

export const retryLaws: readonly Law<RetryRules>[] = [
  boundsItsAttempts,
  keepsItsDelays,
  heedsDeadlines,
  stopsWithItsCaller,
  answersWithTheLast,
  triesOneByOne,
  keepsItsBudget,
  waitsAsAsked,
  doesNotGiveUpEarly,
  tellsItsLastAtOnce,
  {
    id: 'retry-13',
    prose: 'Jumps of the wall clock change nothing.',
    twin: (program) => without(program, 'jump'),
  },
];
