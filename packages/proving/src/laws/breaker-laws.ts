import { all, type History, type Seen, type Status } from '../check/history.ts';
import type { BreakerRules } from '../check/rules.ts';
import { NaiveBreaker, type NaiveCall } from '../model/naive-breaker.ts';
import { findBreach } from './call-laws.ts';
import { type HistoryLaw, type Law, without } from './law.ts';

type BreakerLaw = HistoryLaw<BreakerRules>;

/** A breaker as an observer follows it: its status, and in which spell of it each call began. */
class Spells {
  status: Status = '';
  /** Counts changes of status. */
  spell = 0;
  readonly spellOf: Map<number, number> = new Map();
  /** Successes of calls of the present spell. */
  succeeded = 0;
  /** Calls of the present spell, and when they began; those that were ignored are not kept. */
  readonly present: Map<number, { readonly at: number; isRunning: boolean }> = new Map();

  see(event: Seen): void {
    if (event.type === 'status') {
      this.status = event.status;
      this.spell += 1;
      this.present.clear();
      this.succeeded = 0;
    } else if (event.type === 'started') {
      this.spellOf.set(event.call, this.spell);
      this.present.set(event.call, { at: event.at, isRunning: true });
    } else if (event.type === 'ended') {
      const call = this.present.get(event.call);
      if (call !== undefined) call.isRunning = false;
      if (call !== undefined && event.gives === 'S') this.succeeded += 1;
      if (event.gives === 'A' || event.gives === 'X') this.present.delete(event.call);
    }
  }
}

const edges = new Set(['closed>open', 'open>half-open', 'half-open>closed', 'half-open>open']);

const changesAlongItsEdges: BreakerLaw = {
  id: 'breaker-1',
  prose: 'The circuit changes only closed → open → half-open → closed, or half-open → open.',
  check: ({ seen }) => {
    let before: Status = '';
    return findBreach(seen, (event) => {
      if (event.type !== 'status') return undefined;
      const edge = `${before}>${event.status}`;
      const isNew = before === '';
      before = event.status;
      return isNew || edges.has(edge) ? undefined : `it goes ${edge.replace('>', ' → ')}`;
    });
  },
};

const staysOpenForItsTime: BreakerLaw = {
  id: 'breaker-2',
  prose: 'From the result that opens it until the open time has passed, nothing is called.',
  check: ({ rules, seen }) => {
    let opened = -Infinity;
    return findBreach(seen, (event, index) => {
      if (event.type === 'status' && event.status === 'open') {
        // Only a result tells the instant; a probe that hung too long opens it unseen.
        opened = followsAnEnd(seen, index) ? event.at : -Infinity;
      }
      return event.type === 'started' && event.at < opened + rules.openForMs
        ? `call ${event.call} is let through ${event.at - opened} ms after it opened`
        : undefined;
    });
  },
};

function followsAnEnd(seen: readonly Seen[], index: number): boolean {
  const before = seen[index - 1];
  return (
    before?.type === 'ended' || (before?.type === 'answered' && seen[index - 2]?.type === 'ended')
  );
}

const boundsItsProbes: BreakerLaw = {
  id: 'breaker-3',
  prose: 'While half-open, no more operations run at once than there may be probes.',
  check: ({ rules, seen }) => {
    const spells = new Spells();
    return findBreach(seen, (event) => {
      spells.see(event);
      if (event.type !== 'started' || spells.status !== 'half-open') return undefined;
      const running = [...spells.present.values()].filter(
        ({ at, isRunning }) => isRunning && event.at < at + rules.probeTimeoutMs,
      ).length;
      return running > rules.probes ? `${running} probes run at once` : undefined;
    });
  },
};

const ignoresLateResults: BreakerLaw = {
  id: 'breaker-4',
  prose: 'A result of a call that an earlier state let through changes nothing.',
  check: ({ seen }) => {
    const spells = new Spells();
    return findBreach(seen, (event, index) => {
      spells.see(event);
      if (event.type !== 'ended' || spells.spellOf.get(event.call) === spells.spell) {
        return undefined;
      }
      const next = seen
        .slice(index + 1)
        .find((other) => other.type !== 'answered' && other.type !== 'signalled');
      return next?.type === 'status'
        ? `the late result of call ${event.call} makes it ${next.status}`
        : undefined;
    });
  },
};

const opensAsTheLogSays: BreakerLaw = {
  id: 'breaker-5',
  prose:
    'It opens with a result exactly when so many failures in a row stand in the log of all outcomes.',
  check: (history) =>
    lockstep(history, (model, event, index) => {
      if (!history.hasStatus || event.type !== 'ended' || model.before !== 'closed')
        return undefined;
      const next = history.seen.slice(index + 1).find(({ type }) => type !== 'answered');
      const opens = next?.type === 'status' && next.status === 'open';
      if (opens === (model.after === 'open')) return undefined;
      return opens ? 'it opens before its time' : 'it should open, and does not';
    }),
};

const closesAgain: BreakerLaw = {
  id: 'breaker-6',
  prose:
    'With healthy traffic it lets calls through again: at the latest when the probes that hang have expired and the open time has passed once more. Without a probe timeout that is said of runs in which nothing hangs.',
  check: (history) => {
    const healed = all(history, 'healing')[0];
    const last = all(history, 'called').at(-1);
    if (healed === undefined || last === undefined || last.at < healed.at) return undefined;
    const { seen } = history;
    const untilThen = seen.slice(
      0,
      seen.findIndex(({ type }) => type === 'clearing'),
    );
    const began = untilThen.some((event) => event.type === 'started' && event.call === last.call);
    if (history.rules.probeTimeoutMs === Infinity && hangs(untilThen)) return undefined;
    return began ? undefined : { at: seen.indexOf(last), says: 'it never recovers' };
  },
};

function hangs(seen: readonly Seen[]): boolean {
  const ended = new Set(seen.map((event) => (event.type === 'ended' ? event.call : undefined)));
  return seen.some((event) => event.type === 'started' && !ended.has(event.call));
}

const isTransparentWhenClosed: BreakerLaw = {
  id: 'breaker-7',
  prose: 'While closed, a call calls its operation once, at once, and is answered when that ends.',
  check: (history) => {
    const { seen } = history;
    let status: Status = '';
    return findBreach(seen, (event, index) => {
      if (event.type === 'status') status = event.status;
      if (event.type !== 'called' || status !== 'closed') return undefined;
      const { call } = event;
      const own = seen.slice(index).filter((other) => 'call' in other && other.call === call);
      const begun = own.filter(({ type }) => type === 'started');
      if (begun.length > 1) return `call ${call} calls its operation ${begun.length} times`;
      if (begun[0]?.at !== event.at) return `call ${call} does not call its operation`;
      const ended = own.find(({ type }) => type === 'ended');
      const answer = own.find(({ type }) => type === 'answered');
      const isAborted = own.some(({ type }) => type === 'aborted');
      const isLate = ended !== undefined && answer?.at !== ended.at;
      return isLate && !isAborted ? `call ${call} is not answered when it ends` : undefined;
    });
  },
};

const losesNoPlaces: BreakerLaw = {
  id: 'breaker-8',
  prose:
    'Half-open, a call is refused only when all places for probes are taken: one that is aborted, or says nothing, gives its place back.',
  check: ({ rules, seen }) => {
    const spells = new Spells();
    return findBreach(seen, (event) => {
      spells.see(event);
      const isRefused = event.type === 'answered' && event.answer.as === 'refused';
      if (!isRefused || spells.status !== 'half-open') return undefined;
      const taken = spells.present.size;
      return taken < rules.probes
        ? `it refuses with ${taken} of ${rules.probes} places taken`
        : undefined;
    });
  },
};

const decidesAtOnce: BreakerLaw = {
  id: 'breaker-11',
  prose: 'A call is let through or refused at once: nobody waits for a probe.',
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

const agreesWithTheModel: BreakerLaw = {
  id: 'breaker-12',
  prose:
    'It lets through exactly the calls that its rules let through, as a plain breaker says that keeps all outcomes.',
  check: (history) =>
    lockstep(history, (model, event) => {
      if (event.type !== 'called') return undefined;
      const isStarted = history.seen.some(
        (other) => other.type === 'started' && other.call === event.call,
      );
      if (isStarted === model.admits) return undefined;
      const decision = isStarted
        ? 'is let through, and should be refused'
        : 'is refused, and should be let through';
      const places =
        model.after === 'half-open' ? ` (probes at a time: ${history.rules.probes})` : '';
      const more = history.hasStatus ? '' : '; with a status() more of it would be looked at';
      return `call ${event.call} ${decision}: by its rules the breaker is ${model.after}${places}${more}`;
    }),
};

const closesOnSuccessOnly: BreakerLaw = {
  id: 'breaker-13',
  prose:
    'It closes when as many probes have succeeded as there are places: an abort, an error that says nothing and a late result are no success.',
  check: ({ rules, seen }) => {
    const spells = new Spells();
    return findBreach(seen, (event) => {
      const { status, succeeded } = spells;
      spells.see(event);
      const closes = event.type === 'status' && event.status === 'closed' && status === 'half-open';
      return closes && succeeded < rules.probes
        ? `it closes after ${succeeded} of ${rules.probes} successes`
        : undefined;
    });
  },
};

interface Lockstep {
  readonly before: NaiveBreaker['phase'];
  readonly after: NaiveBreaker['phase'];
  readonly admits: boolean;
}

const outcomes = { S: 'success', F: 'failure', X: 'ignored', A: 'ignored' } as const;

/** Lets the naive breaker live through the same calls. */
function lockstep(
  { rules, seen }: History<BreakerRules>,
  says: (model: Lockstep, event: Seen, index: number) => string | undefined,
) {
  const { failuresInARow } = rules;
  if (failuresInARow === undefined) return undefined;
  const model = new NaiveBreaker({ ...rules, failuresInARow });
  const calls = new Map<number, NaiveCall>();
  return findBreach(seen, (event, index) => {
    model.passTo(event.at);
    const before = model.phase;
    let admits = false;
    if (event.type === 'called') {
      const call = model.admit(event.at);
      admits = call !== undefined;
      if (call !== undefined) calls.set(event.call, call);
    } else if (event.type === 'ended') {
      const call = calls.get(event.call);
      if (call !== undefined) model.settle(call, outcomes[event.gives], event.at);
    }
    return says({ before, after: model.phase, admits }, event, index);
  });
}

export const breakerLaws: readonly Law<BreakerRules>[] = [
  changesAlongItsEdges,
  staysOpenForItsTime,
  boundsItsProbes,
  ignoresLateResults,
  opensAsTheLogSays,
  losesNoPlaces,
  closesOnSuccessOnly,
  decidesAtOnce,
  isTransparentWhenClosed,
  closesAgain,
  {
    id: 'breaker-9',
    prose: 'A breaker that was stored and taken up again goes on as if nothing had happened.',
    twin: (program) => without(program, 'restart'),
  },
  {
    id: 'breaker-10',
    prose: 'Jumps of the wall clock change nothing.',
    twin: (program) => without(program, 'jump'),
  },
  agreesWithTheModel,
];
