/** When something recurs. Instants are wall-clock ms since the epoch. */
export interface Recurrence {
  /** The first instant after this one; undefined when there is none. */
  next(after: number): number | undefined;
  /** The last instants up to and with this one, oldest first, at most `limit`. */
  newest(upTo: number, limit: number): readonly number[];
}

/**
 * What becomes of instants that passed while nobody could decide upon them: `none` starts nothing
 * for them, `last` starts once for the newest, and a number starts for so many of the newest.
 */
export type CatchUp = 'none' | 'last' | number;

/** What happens at an instant while what was started before has not ended. */
export type Overlap = 'skip' | 'queue' | 'cancel-previous';

export interface SchedulePolicies {
  readonly overlap: Overlap;
  readonly catchUp: CatchUp;
}

export interface ScheduleState {
  readonly isPaused: boolean;
  /** All instants up to this one have been decided upon. */
  readonly decidedUpTo: number;
  /** Instants to be started once nothing is active, oldest first. */
  readonly pending: readonly number[];
  /** Ids of workflows that were started and have not ended. */
  readonly active: readonly string[];
}

export interface Decision {
  readonly decidedUpTo: number;
  readonly pending: readonly number[];
  /** The instant to be started now. */
  readonly start: number | undefined;
  /** Ids of workflows to be cancelled before. */
  readonly cancel: readonly string[];
  /** Instants that are not started, because of what is active. */
  readonly skipped: readonly number[];
}

/** An instant that is noticed later than this, in ms, was missed. Longer than the loop ever sleeps. */
export const onTimeMs = 60_000;
/** Most instants that wait for their turn; newer ones are skipped. */
export const mostPending = 1_000;
/** When time went back by more than this, in ms, it is what came before that was wrong. */
const longestSetbackMs = 24 * 60 * 60_000;

/** What to do at `now`: no instant is decided upon twice, and `decidedUpTo` only ever grows. */
export function decide(
  state: ScheduleState,
  policies: SchedulePolicies,
  recurrence: Recurrence,
  now: number,
): Decision {
  const decidedUpTo = Math.max(trusted(state.decidedUpTo, now), now);
  const nothing = { decidedUpTo, pending: state.pending, start: undefined, cancel: [] };
  if (state.isPaused) return { ...nothing, skipped: [] };
  const due = dueInstants(state.decidedUpTo, policies.catchUp, recurrence, now);
  const { active, pending } = state;
  const isFree = active.length === 0;
  switch (policies.overlap) {
    case 'skip':
      return isFree
        ? { ...nothing, start: due[0], skipped: due.slice(1) }
        : { ...nothing, skipped: due };
    case 'queue': {
      const all = [...pending, ...due];
      const waiting = isFree ? all.slice(1) : all;
      return {
        ...nothing,
        start: isFree ? all[0] : undefined,
        pending: waiting.slice(0, mostPending),
        skipped: waiting.slice(mostPending),
      };
    }
    case 'cancel-previous': {
      const start = due.at(-1);
      const cancel = start === undefined ? [] : active;
      return { ...nothing, start, cancel, skipped: due.slice(0, -1) };
    }
  }
}

/**
 * The instants after `decidedUpTo` that are to be met at `now`, oldest first. Where none was missed,
 * all of them, however many came since.
 */
export function dueInstants(
  decidedUpTo: number,
  catchUp: CatchUp,
  recurrence: Recurrence,
  now: number,
): readonly number[] {
  const from = trusted(decidedUpTo, now);
  const first = recurrence.next(from) ?? Infinity;
  const inTime = now - onTimeMs;
  if (first > inTime) return upTo(now, first, recurrence);
  if (catchUp === 'none') return upTo(now, recurrence.next(inTime) ?? Infinity, recurrence);
  const limit = catchUp === 'last' ? 1 : catchUp;
  return recurrence.newest(now, limit).filter((instant) => instant > from);
}

function upTo(now: number, first: number, recurrence: Recurrence): readonly number[] {
  const instants: number[] = [];
  for (let at = first; at <= now; at = recurrence.next(at) ?? Infinity) instants.push(at);
  return instants;
}

/** When to look again; undefined when nothing comes any more. */
export function nextInstant(
  { decidedUpTo }: Pick<ScheduleState, 'decidedUpTo'>,
  recurrence: Recurrence,
  now: number,
): number | undefined {
  return recurrence.next(Math.max(trusted(decidedUpTo, now), now));
}

/** A mark from a far future was made under a wrong clock: to wait for it would be to stand still. */
function trusted(decidedUpTo: number, now: number): number {
  return decidedUpTo - now > longestSetbackMs ? now : decidedUpTo;
}
