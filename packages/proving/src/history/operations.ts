import type { HistoryEvent } from './recorder.ts';

/** A call from its invocation to what was heard of it. */
export interface Operation {
  readonly op: string;
  readonly process: string;
  readonly asked: unknown;
  readonly outcome: 'ok' | 'fail' | 'info';
  /** Of `ok` alone. */
  readonly answer: unknown;
  /** Places in the history; what nobody knows the end of may end at any time. */
  readonly from: number;
  readonly to: number;
  /** When it was invoked, if the history says so. */
  readonly at: number | undefined;
}

/**
 * The calls of a history, in the order of their invocations.
 *
 * @throws Error when an answer belongs to no call
 */
export function operationsOf(events: readonly HistoryEvent[]): readonly Operation[] {
  const open = new Map<string, number>();
  const all: Operation[] = [];
  for (const { at, index, op, process, type, value } of events) {
    if (type === 'invoke') {
      open.set(process, all.length);
      const unended = { outcome: 'info', answer: undefined, to: Infinity } as const;
      all.push({ op, process, asked: value, from: index, at, ...unended });
      continue;
    }
    const place = open.get(process);
    const call = place === undefined ? undefined : all[place];
    if (place === undefined || call?.op !== op)
      throw new Error(`history: event ${index} ends a call of ${op} that ${process} has not made`);
    open.delete(process);
    if (type !== 'info')
      all[place] = {
        ...call,
        outcome: type,
        answer: type === 'ok' ? value : undefined,
        to: index,
      };
  }
  return all;
}

/** True when one was over before the other began: everything else may have been either way. */
export function isBefore(one: Operation, other: Operation): boolean {
  return one.to < other.from;
}

/** What an answer names: nothing, one, or several. */
export function listed(answer: unknown): readonly unknown[] {
  if (answer === undefined || answer === null) return [];
  return Array.isArray(answer) ? answer : [answer];
}

/** The jobs that a claim is answered with: ids, or leases of them. */
export function claimed(answer: unknown): readonly string[] {
  return listed(answer).map((each) =>
    String(typeof each === 'object' && each !== null && 'job' in each ? each.job : each),
  );
}
