import { isBefore, listed, type Operation, operationsOf } from './operations.ts';
import type { HistoryEvent } from './recorder.ts';
import { Judge, type Verdict } from './verdict.ts';

/** What `enqueue` is asked. */
export interface Queued {
  readonly id: string;
  /** Higher is more urgent. */
  readonly priority: number;
  /** Not before this instant, by the clock of the recorder. */
  readonly dueAt?: number;
}

interface Stay extends Queued {
  readonly put: Operation;
  /** The claims and removals of it, in their order. */
  readonly left: readonly Operation[];
}

/**
 * Priorities, and age among equals: of `enqueue` (asked: {@link Queued}), `claim` (answered: an id,
 * a list of them, or nothing) and `remove` (asked: an id). Each id is put in once. Calls that
 * overlap may have happened in either order, and whatever order makes a claim right does.
 */
export function checkPriorityOrder(events: readonly HistoryEvent[]): Verdict {
  const operations = operationsOf(events);
  const judge = new Judge();
  const leaving = new Map<string, Operation[]>();
  const leave = (id: string, call: Operation) =>
    leaving.set(id, [...(leaving.get(id) ?? []), call]);
  for (const call of operations) {
    if (call.op === 'claim') for (const id of listed(call.answer)) leave(String(id), call);
    if (call.op === 'remove' && call.outcome !== 'fail') leave(String(call.asked), call);
  }
  const stays = operations
    .filter(({ op, outcome }) => op === 'enqueue' && outcome !== 'fail')
    .map((put): Stay => {
      const queued = put.asked as Queued;
      return { ...queued, put, left: leaving.get(queued.id) ?? [] };
    });
  const byId = new Map(stays.map((stay) => [stay.id, stay]));
  const unheard = operations.filter(({ op, outcome }) => op === 'claim' && outcome === 'info');
  for (const claim of operations) {
    if (claim.op !== 'claim' || claim.outcome !== 'ok') continue;
    const together = listed(claim.answer).map(String);
    for (const id of together) {
      const taken = byId.get(id);
      if (taken === undefined) continue;
      judge.look(
        'daemon-12',
        id,
        claim.at !== undefined &&
          (taken.dueAt ?? -Infinity) > latest(claim, events) &&
          `claimed at ${claim.at}, and due at ${taken.dueAt}`,
      );
      const better = stays.find(
        (stay) =>
          !together.includes(stay.id) && goesFirst(stay, taken) && isThere(stay, claim, unheard),
      );
      judge.look(
        'daemon-9',
        id,
        better &&
          `claimed with priority ${taken.priority} while ${better.id} waited with ${better.priority}`,
      );
    }
  }
  return judge.verdict;
}

/** The latest instant at which a claim can have happened. */
function latest({ to }: Operation, events: readonly HistoryEvent[]): number {
  return events[to]?.at ?? Infinity;
}

function goesFirst(stay: Stay, taken: Stay): boolean {
  return (
    stay.priority > taken.priority ||
    (stay.priority === taken.priority && isBefore(stay.put, taken.put))
  );
}

/** Surely in the queue, and due, during all of the claim. */
function isThere(stay: Stay, claim: Operation, unheard: readonly Operation[]): boolean {
  if (stay.put.outcome !== 'ok' || !isBefore(stay.put, claim)) return false;
  if ((stay.dueAt ?? -Infinity) > (claim.at ?? Infinity)) return false;
  if (stay.left.some((leave) => !isBefore(claim, leave))) return false;
  // Whatever a claim took that nobody heard of is never claimed again.
  return stay.left.length > 0 || !unheard.some(({ from }) => from < claim.to);
}
