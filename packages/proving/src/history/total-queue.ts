import { isBefore, listed, type Operation, operationsOf } from './operations.ts';
import type { HistoryEvent } from './recorder.ts';
import { Judge, type Verdict } from './verdict.ts';

export interface TotalQueueReport extends Verdict {
  readonly attempted: number;
  readonly acknowledged: number;
  /** Acknowledged and never taken out. */
  readonly lost: readonly string[];
  /** Taken out more often than it was put in. */
  readonly duplicated: readonly string[];
  /** Taken out, and never put in before. */
  readonly unexpected: readonly string[];
  /** Taken out, though whoever put it in never heard that it was. */
  readonly recovered: readonly string[];
}

/**
 * What goes in must come out, as Jepsen's `total-queue`: of `enqueue` (asked: a value), `dequeue`
 * (answered: a value, a list, or nothing) and `drain` (answered: a list). To be asked of a history
 * that ends with a queue that is drained.
 */
export function checkTotalQueue(
  events: readonly HistoryEvent[],
  {
    atLeastOnce = false,
  }: {
    /** The queue may give out a value more than once. */
    readonly atLeastOnce?: boolean;
  } = {},
): TotalQueueReport {
  const operations = operationsOf(events);
  const put = Map.groupBy(
    operations.filter(({ op, outcome }) => op === 'enqueue' && outcome !== 'fail'),
    ({ asked }) => String(asked),
  );
  const taken = Map.groupBy(
    operations
      .filter(({ op, outcome }) => (op === 'dequeue' || op === 'drain') && outcome === 'ok')
      .flatMap((call) => listed(call.answer).map((value) => ({ value: String(value), call }))),
    ({ value }) => value,
  );
  const judge = new Judge();
  const found = { lost: [], duplicated: [], unexpected: [], recovered: [] } as Record<
    'lost' | 'duplicated' | 'unexpected' | 'recovered',
    string[]
  >;
  let acknowledged = 0;
  for (const [value, puts] of put) {
    const sure = puts.filter(({ outcome }) => outcome === 'ok').length;
    const out = taken.get(value)?.length ?? 0;
    acknowledged += sure;
    const isLost = atLeastOnce ? sure > 0 && out === 0 : out < sure;
    judge.look(
      'daemon-1',
      value,
      isLost && `put in ${times(sure)}, and taken out ${times(out)} of them`,
    );
    if (isLost) found.lost.push(value);
    if (out > sure && sure < puts.length) found.recovered.push(value);
  }
  for (const [value, takes] of taken) {
    const puts = put.get(value) ?? [];
    const isUnexpected = !takes.every(({ call }) => isPossible(call, puts));
    judge.look('daemon-2', value, isUnexpected && 'taken out, and never put in before');
    if (isUnexpected) found.unexpected.push(value);
    const isDouble = !atLeastOnce && puts.length > 0 && takes.length > puts.length;
    judge.look(
      'daemon-3',
      value,
      isDouble && `put in ${times(puts.length)}, and taken out ${times(takes.length)}`,
    );
    if (isDouble) found.duplicated.push(value);
  }
  const attempted = operations.filter(({ op }) => op === 'enqueue').length;
  return { attempted, acknowledged, ...found, ...judge.verdict };
}

function isPossible(take: Operation, puts: readonly Operation[]): boolean {
  return puts.some((put) => !isBefore(take, put));
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
