import type { RateLimitRules } from '../check/rules.ts';
import { NaiveRateLimit } from '../model/naive-rate-limit.ts';
import { findBreach } from './call-laws.ts';
import { type HistoryLaw, type Law, without } from './law.ts';

type RateLimitLaw = HistoryLaw<RateLimitRules>;

/** A sliding window that counts in parts forgets a part at a time: a call may weigh so much longer. */
const coarseness = 1.1;

const keepsTheRate: RateLimitLaw = {
  id: 'rate-limit-1',
  prose: 'In no span of time does it let more calls through than the rate allows.',
  check: ({ rules, seen }) => {
    const limit = new NaiveRateLimit(rules);
    return findBreach(seen, (event) => {
      if (event.type !== 'started') return undefined;
      limit.started(event.at);
      return limit.isKept ? undefined : `call ${event.call} is one too many`;
    });
  },
};

const refusesOnlyOverTheRate: RateLimitLaw = {
  id: 'rate-limit-2',
  prose: 'A call that the rate allows is let through.',
  check: ({ rules, seen }) => {
    const isCoarse = rules.rule === 'sliding-window';
    const limit = new NaiveRateLimit({
      ...rules,
      perMs: isCoarse ? rules.perMs * coarseness : rules.perMs,
    });
    return findBreach(seen, (event) => {
      if (event.type === 'started') limit.started(event.at);
      if (event.type !== 'answered' || event.answer.as !== 'refused') return undefined;
      return limit.hasRoomAt(event.at) ? `call ${event.call} is refused; there is room` : undefined;
    });
  },
};

const tellsWhenToCome: RateLimitLaw = {
  id: 'rate-limit-3',
  prose: 'Who comes again when it was told to, and finds nobody between, is let through.',
  check: ({ seen }) => {
    let promised = Infinity;
    return findBreach(seen, (event, index) => {
      if (event.type === 'started') promised = Infinity;
      if (event.type === 'answered' && event.answer.as === 'refused') {
        promised = Math.min(promised, event.at + (event.answer.retryAfterMs ?? Infinity));
      }
      if (event.type !== 'called' || event.at < promised) return undefined;
      const next = seen[index + 1];
      return next?.type === 'started' ? undefined : `call ${event.call} was told to come now`;
    });
  },
};

const decidesAtOnce: RateLimitLaw = {
  id: 'rate-limit-4',
  prose: 'A call is let through or refused at once.',
  check: ({ seen }) =>
    findBreach(seen, (event) => {
      if (event.type !== 'called') return undefined;
      const isDecided = seen.some(
        (other) =>
          (other.type === 'started' || other.type === 'answered') &&
          other.call === event.call &&
          other.at === event.at,
      );
      return isDecided ? undefined : `call ${event.call} is neither let through nor refused`;
    }),
};

export const rateLimitLaws: readonly Law<RateLimitRules>[] = [
  keepsTheRate,
  refusesOnlyOverTheRate,
  tellsWhenToCome,
  decidesAtOnce,
  {
    id: 'rate-limit-5',
    prose: 'Jumps of the wall clock change nothing.',
    twin: (program) => without(program, 'jump'),
  },
  {
    id: 'rate-limit-6',
    prose: 'A limit that was stored and taken up again goes on as if nothing had happened.',
    twin: (program) => without(program, 'restart'),
  },
];
