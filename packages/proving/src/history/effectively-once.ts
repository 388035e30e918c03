import { operationsOf } from './operations.ts';
import type { HistoryEvent } from './recorder.ts';
import { Judge, type Verdict } from './verdict.ts';

/**
 * Effects that happen once for each key: of `request` (asked: a key) and `effect` (asked: a key;
 * `ok` when it happened, `fail` when it was found done or refused). To be asked of a history in
 * which everything has come to rest.
 */
export function checkEffectivelyOnce(events: readonly HistoryEvent[]): Verdict {
  const operations = operationsOf(events);
  const judge = new Judge();
  const of = (op: string) =>
    Map.groupBy(
      operations.filter((each) => each.op === op && each.outcome !== 'fail'),
      ({ asked }) => String(asked),
    );
  const requests = of('request');
  const effects = of('effect');
  for (const [key, happened] of effects) {
    const sure = happened.filter(({ outcome }) => outcome === 'ok').length;
    judge.look('daemon-8', key, sure > 1 && `its effect has happened ${sure} times`);
    judge.look('daemon-2', key, !requests.has(key) && 'its effect has happened, unasked');
  }
  for (const [key, asked] of requests)
    if (asked.some(({ outcome }) => outcome === 'ok'))
      judge.look('daemon-1', key, !effects.has(key) && 'acknowledged, and without effect');
  return judge.verdict;
}
