import { claimed, isBefore, type Operation, operationsOf } from './operations.ts';
import type { HistoryEvent } from './recorder.ts';
import { Judge, type Verdict } from './verdict.ts';

/**
 * Pools that change their size: of `resize` (asked: how many may run), `claim` (answered: who runs
 * now), `end` (asked: who has run to an end) and `kill` (asked: who was made to stop). Nothing starts
 * that is more than the size allows, and what runs is left to run. Calls that overlap may have
 * happened in either order, and whatever order makes a start right does.
 */
export function checkResizing(events: readonly HistoryEvent[]): Verdict {
  const operations = operationsOf(events);
  const judge = new Judge();
  const of = (op: string) => operations.filter((each) => each.op === op);
  const starts = of('claim').filter(({ outcome }) => outcome === 'ok');
  const ends = [...of('end'), ...of('kill')].filter(({ outcome }) => outcome !== 'fail');
  for (const start of starts) {
    const most = mostAllowed(
      of('resize').filter(({ outcome }) => outcome !== 'fail'),
      start,
    );
    if (most === undefined) continue;
    const running = starts
      .filter((other) => isBefore(other, start))
      .flatMap(({ answer }) => claimed(answer))
      .filter((id) => !ends.some(({ asked, from }) => String(asked) === id && from < start.to));
    const started = claimed(start.answer);
    for (const id of started)
      judge.look(
        'daemon-11',
        id,
        running.length + started.length > most &&
          `started while ${running.length} run, where ${most} may`,
      );
  }
  for (const { asked, outcome } of of('kill'))
    judge.look('daemon-11', String(asked), outcome !== 'fail' && 'killed, and not left to run');
  return judge.verdict;
}

/** The largest size that can have been in force; undefined before the first is told. */
function mostAllowed(resizes: readonly Operation[], start: Operation): number | undefined {
  const sizes = resizes
    .filter(
      (resize) =>
        resize.from < start.to &&
        !resizes.some((later) => isBefore(resize, later) && isBefore(later, start)),
    )
    .map(({ asked }) => Number(asked));
  const isTold = resizes.some((resize) => isBefore(resize, start));
  return isTold ? Math.max(...sizes) : undefined;
}
