import { refuseOption } from '@chimera/policy';
import { claimed, operationsOf } from './operations.ts';
import type { Queued } from './priority-order.ts';
import type { HistoryEvent } from './recorder.ts';
import { Judge, type Verdict } from './verdict.ts';

export interface RecoveryBound {
  /** When the last fault was over, by the clock of the recorder. */
  readonly healedAt: number;
  /** Longest that one waits from then on: a lease, a poll, and the work of those who go first. */
  readonly withinMs: number;
}

/**
 * Liveness, once faults have stopped: of `enqueue` (asked: {@link Queued}), `claim` and `remove`
 * (asked: an id), each with an instant. What was put in and waits is claimed within the bound, counted
 * from the last fault, from when it came or from when it was due. A claim that nobody heard of is
 * none: its job has to be claimed again. What falls due after the history's end is not looked at.
 *
 * @throws RangeError for a bound that is no number: nothing would be late by it.
 */
export function checkRecovery(
  events: readonly HistoryEvent[],
  { healedAt, withinMs }: RecoveryBound,
): Verdict {
  finiteNumber('healedAt', healedAt);
  finiteNumber('withinMs', withinMs);
  const operations = operationsOf(events);
  const judge = new Judge();
  // No spread: a long history has more events than a call takes arguments.
  const endsAt = events.reduce((latest, { at }) => Math.max(latest, at ?? -Infinity), -Infinity);
  const firstClaimedAt = new Map<string, number>();
  const removed = new Set<string>();
  for (const { answer, asked, op, outcome, to } of operations) {
    if (op === 'remove' && outcome !== 'fail') removed.add(String(asked));
    if (op !== 'claim' || outcome !== 'ok') continue;
    const at = events[to]?.at ?? Infinity;
    for (const id of claimed(answer))
      firstClaimedAt.set(id, Math.min(at, firstClaimedAt.get(id) ?? Infinity));
  }
  for (const { asked, op, outcome, to } of operations) {
    if (op !== 'enqueue' || outcome !== 'ok') continue;
    const { dueAt = -Infinity, id } = asked as Queued;
    const dueBy = Math.max(healedAt, dueAt, events[to]?.at ?? -Infinity) + withinMs;
    if (dueBy > endsAt || removed.has(id)) continue;
    const at = firstClaimedAt.get(id);
    const isLate = at === undefined || at > dueBy;
    const when = at === undefined ? 'never' : `only at ${at}`;
    judge.look('daemon-10', id, isLate && `claimed ${when}, and not by ${dueBy}`);
  }
  return judge.verdict;
}

function finiteNumber(option: string, value: number): void {
  if (!Number.isFinite(value)) refuseOption('proving', option, 'a finite number of ms', value);
}
