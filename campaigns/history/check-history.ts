import { checkJournal } from './check-journal.ts';
import type { History, Law, LoggedEvent, Violation } from './history.ts';

const outcomes: ReadonlySet<string> = new Set([
  'phase-succeeded',
  'phase-rejected',
  'phase-failed',
  'parked',
  'interrupted',
]);
const ends: ReadonlySet<unknown> = new Set(['completed', 'dead', 'cancelled']);

/** Judges a daemon by its word: nothing lost, nothing twice, nothing out of order. Pure. */
export function checkHistory(history: History): readonly Violation[] {
  const byWorkflow = Map.groupBy(history.events, ({ workflowId }) => workflowId);
  return [
    ...checkSequence(history.events),
    ...checkAcknowledgements(history, byWorkflow),
    ...[...byWorkflow].flatMap(([id, events]) => checkWorkflow(id, events, history.phases)),
    ...checkJournal(history),
  ];
}

function checkSequence(events: readonly LoggedEvent[]): readonly Violation[] {
  return events.flatMap(({ seq, workflowId }, index) => {
    const before = events[index - 1]?.seq ?? 0;
    return seq > before
      ? []
      : [violation('in-order', workflowId, `event ${seq} follows event ${before}`)];
  });
}

function checkAcknowledgements(
  { acknowledgements }: History,
  events: ReadonlyMap<string, readonly LoggedEvent[]>,
): readonly Violation[] {
  const lost = acknowledgements.flatMap(({ key, workflowId }) => {
    const of = events.get(workflowId);
    if (of === undefined)
      return [violation('nothing-lost', workflowId, `acknowledged as ${key}, and not in the log`)];
    const { data, type } = of.at(-1) ?? {};
    return ends.has(data?.status)
      ? []
      : [violation('nothing-lost', workflowId, `it never came to an end; last was ${type}`)];
  });
  const doubled = [...Map.groupBy(acknowledgements, ({ key }) => key)].flatMap(([key, of]) => {
    const ids = [...new Set(of.map(({ workflowId }) => workflowId))];
    return ids.slice(1).map((id) => violation('submitted-once', id, `${key} was ${ids[0]} before`));
  });
  const known = new Set(acknowledgements.map(({ workflowId }) => workflowId));
  // Every submit was sent until it was acknowledged: one more workflow was made of a submit sent twice.
  const unasked = [...events.keys()]
    .filter((id) => !known.has(id))
    .map((id) => violation('submitted-once', id, 'nobody was told of it'));
  return [...lost, ...doubled, ...unasked];
}

/** Claims and outcomes take turns, under tokens that rise; each phase succeeds once, in its turn. */
function checkWorkflow(
  id: string,
  events: readonly LoggedEvent[],
  phases: readonly string[],
): readonly Violation[] {
  const found: Violation[] = [];
  const note = (law: Law, message: string) => found.push(violation(law, id, message));
  let claim: { readonly token: number; readonly phase: unknown } | undefined;
  let newestToken = 0;
  let succeeded = 0;
  let isOver = false;
  for (const { data, seq, type } of events) {
    const at = `event ${seq} (${type})`;
    if (isOver) note('recorded-once', `${at} comes after its end`);
    if (type === 'claimed') {
      const token = Number(data.token);
      if (claim !== undefined) note('recorded-once', `${at}: the claim before has no outcome`);
      if (!(token > newestToken))
        note('tokens-rise', `${at} has token ${token} after ${newestToken}`);
      if (data.phase !== phases[succeeded])
        note('in-order', `${at} is for ${String(data.phase)}, and ${phases[succeeded]} is due`);
      newestToken = Math.max(newestToken, token);
      claim = { token, phase: data.phase };
    } else if (outcomes.has(type)) {
      const token = Number(data.token);
      if (token < newestToken)
        note('no-zombie-writes', `${at} under token ${token} of ${newestToken}`);
      else if (claim === undefined) note('recorded-once', `${at}: nothing ran`);
      else if (data.phase !== claim.phase)
        note('in-order', `${at} is of ${String(data.phase)}, and ${String(claim.phase)} ran`);
      if (type === 'phase-succeeded') {
        if (data.phase !== phases[succeeded])
          note('recorded-once', `${at}: ${String(data.phase)} again`);
        else succeeded += 1;
      }
      claim = undefined;
    }
    isOver = ends.has(data.status);
    if (data.status === 'completed' && succeeded !== phases.length)
      note('in-order', `${at}: completed after ${succeeded} of ${phases.length} phases`);
  }
  if (claim !== undefined && isOver) note('recorded-once', 'its last claim has no outcome');
  return found;
}

function violation(law: Law, workflowId: string, message: string): Violation {
  return { law, workflowId, message };
}
