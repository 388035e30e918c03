import { type AgentLine, judgeJournal } from './agent-journal.ts';
import type { LoggedEvent } from './logged-event.ts';
import { Judge, type Verdict } from './verdict.ts';

export interface Acknowledgement {
  readonly workflowId: string;
  /** What it was submitted under, however often. */
  readonly key: string;
}

/** All that is known from outside of a daemon's life, once everything has come to rest. */
export interface DaemonLife {
  /** Of all submits: each was sent until it was acknowledged. */
  readonly acknowledgements: readonly Acknowledgement[];
  readonly events: readonly LoggedEvent[];
  /** Of the definition, in order. */
  readonly phases: readonly string[];
  /** What the agents left of themselves, in the order in which they wrote it. Default: not looked at. */
  readonly journal?: readonly AgentLine[];
}

const outcomes: ReadonlySet<string> = new Set([
  'phase-succeeded',
  'phase-rejected',
  'phase-failed',
  'parked',
  'interrupted',
]);
const ends: ReadonlySet<unknown> = new Set(['completed', 'dead', 'cancelled']);

/** Judges a daemon by its word: nothing lost, nothing twice, nothing out of order. */
export function checkEventLog(life: DaemonLife): Verdict {
  const judge = new Judge();
  const byWorkflow = Map.groupBy(life.events, ({ workflowId }) => workflowId);
  for (const [index, { seq, workflowId }] of life.events.entries()) {
    const before = life.events[index - 1]?.seq ?? 0;
    judge.look('daemon-13', workflowId, seq <= before && `event ${seq} follows event ${before}`);
  }
  judgeAcknowledgements(judge, life, byWorkflow);
  for (const [id, events] of byWorkflow) judgeWorkflow(judge, id, events, life.phases);
  if (life.journal !== undefined) judgeJournal(judge, life.journal, life);
  return judge.verdict;
}

function judgeAcknowledgements(
  judge: Judge,
  { acknowledgements }: DaemonLife,
  events: ReadonlyMap<string, readonly LoggedEvent[]>,
): void {
  for (const { key, workflowId } of acknowledgements) {
    const last = events.get(workflowId)?.at(-1);
    judge.look(
      'daemon-1',
      workflowId,
      last === undefined
        ? `acknowledged as ${key}, and not in the log`
        : !ends.has(last.data.status) && `it never came to an end; last was ${last.type}`,
    );
  }
  for (const [key, of] of Map.groupBy(acknowledgements, ({ key }) => key)) {
    const ids = [...new Set(of.map(({ workflowId }) => workflowId))];
    judge.look('daemon-2', key, ids.length > 1 && `submitted once, and made ${ids.join(' and ')}`);
  }
  const known = new Set(acknowledgements.map(({ workflowId }) => workflowId));
  // Every submit was sent until it was acknowledged: one more workflow was made of a submit sent twice.
  for (const id of events.keys())
    judge.look('daemon-2', id, !known.has(id) && 'nobody was told of it');
}

/** Claims and outcomes take turns, under tokens that rise; each phase comes in its turn. */
function judgeWorkflow(
  judge: Judge,
  id: string,
  events: readonly LoggedEvent[],
  phases: readonly string[],
): void {
  let claim: { readonly token: number; readonly phase: unknown } | undefined;
  let newestToken = 0;
  let due: unknown = phases[0];
  let notBefore = -Infinity;
  let isOver = false;
  let claims = 0;
  let ended = 0;
  for (const { at: instant, data, seq, type } of events) {
    const at = `event ${seq} (${type})`;
    judge.look('daemon-3', id, isOver && type !== 'requeued' && `${at} comes after its end`);
    if (type === 'claimed') {
      const token = Number(data.token);
      claims += 1;
      judge.look('daemon-3', id, claim && `${at}: the claim before has no outcome`);
      judge.look(
        'daemon-4',
        id,
        !(token > newestToken) && `${at} has token ${token} after ${newestToken}`,
      );
      judge.look(
        'daemon-13',
        id,
        data.phase !== due && `${at} is for ${String(data.phase)}, and ${String(due)} is due`,
      );
      if (instant !== undefined)
        judge.look(
          'daemon-12',
          id,
          instant < notBefore && `${at} at ${instant}, and due at ${notBefore}`,
        );
      newestToken = Math.max(newestToken, token);
      claim = { token, phase: data.phase };
    } else if (outcomes.has(type) || data.token !== undefined) {
      const token = Number(data.token);
      ended += 1;
      judge.look(
        'daemon-5',
        id,
        token < newestToken && `${at} under token ${token} of ${newestToken}`,
      );
      judge.look('daemon-3', id, token >= newestToken && !claim && `${at}: nothing ran`);
      if (claim !== undefined)
        judge.look(
          'daemon-13',
          id,
          data.phase !== claim.phase &&
            `${at} is of ${String(data.phase)}, and ${String(claim.phase)} ran`,
        );
      claim = undefined;
    }
    if (type === 'phase-succeeded') judgeSuccess(judge, id, at, data, phases);
    due = data.nextPhase ?? (type === 'phase-succeeded' ? following(data.phase, phases) : due);
    if (type === 'requeued') due = data.nextPhase ?? data.phase;
    notBefore = Number(data.retryAt ?? data.until ?? (type === 'claimed' ? notBefore : -Infinity));
    isOver = ends.has(data.status);
  }
  judge.look('daemon-3', id, isOver && claim && 'its last claim has no outcome');
  if (isOver)
    judge.look('daemon-7', id, claims !== ended && `${claims} claims came to ${ended} outcomes`);
}

function judgeSuccess(
  judge: Judge,
  id: string,
  at: string,
  { nextPhase, phase, status }: LoggedEvent['data'],
  phases: readonly string[],
): void {
  const next = following(phase, phases);
  if (status === 'completed')
    judge.look('daemon-13', id, next !== undefined && `${at}: completed before ${next}`);
  else if (nextPhase !== undefined)
    judge.look(
      'daemon-13',
      id,
      nextPhase !== next && `${at} leads to ${JSON.stringify(nextPhase)}`,
    );
}

function following(phase: unknown, phases: readonly string[]): string | undefined {
  return phases[phases.indexOf(String(phase)) + 1];
}
