import type { DeadLetterView } from '@chimera/client';
import type { FailureRecord } from '@chimera/workflow';
import { columns, instant, oneLine } from './output.ts';
import { parentEnded, type ParentStanding } from './parent-standing.ts';
import { textOf } from './text-of.ts';
import { attemptLines, isEmpty } from './workflow-lines.ts';

/** One dead letter, with what its workflow's phases did before and what can be done about it. */
export function deadLetterLines(
  letter: DeadLetterView,
  parent?: ParentStanding,
): readonly string[] {
  const { attempts = [], error, input = {}, requeuedWith, status } = letter;
  return [
    ...columns([...facts(letter), ...(parent === undefined ? [] : [parentFact(parent)])]),
    ...(isEmpty(input) ? [] : ['input', ...textOf(input, '  ')]),
    ...(requeuedWith === null ? [] : ['requeued with', ...textOf({ ...requeuedWith }, '  ')]),
    ...causes(error).map((cause) => `caused by ${cause}`),
    ...evidence(error),
    ...(attempts.length === 0 ? [] : ['attempts', ...attemptLines(attempts)]),
    ...(status === 'open' ? [`next: ${next(letter, parent)}`] : []),
  ];
}

function next({ error, id }: DeadLetterView, parent: ParentStanding | undefined): string {
  const ended = parent && parentEnded(parent);
  if (ended !== undefined) return `${ended}   or   chimera dlq resolve ${id} --note "…"`;
  // With the same input it would die at once.
  const input = error.code === 'INPUT_MISSING' ? ` --input '{…}'` : '';
  return `chimera dlq requeue ${id}${input}   or   chimera dlq resolve ${id} --note "…"`;
}

function parentFact({ id, index, status }: ParentStanding): readonly string[] {
  return ['parent', `${id}, child ${index}${status === undefined ? '' : `, ${status}`}`];
}

function facts(letter: DeadLetterView): readonly (readonly string[])[] {
  const { closedBy, death, error, note, previousId, resolution } = letter;
  const by = closedBy === null ? '' : ` by ${oneLine(closedBy)}`;
  return [
    ['id', letter.id],
    ['workflow', letter.workflowId],
    ['status', `${letter.status}${by}`],
    ['phase', letter.phase],
    ['agent', letter.agent ?? '-'],
    ['failed', instant(letter.failedAt)],
    ['retries', String(letter.retryCount)],
    ['error', oneLine(`${error.code}: ${error.message}`)],
    ['group', letter.fingerprint],
    ...(previousId === null
      ? []
      : [['died before', timesBefore(death - 1, letter.replays, previousId)]]),
    ...(note === null
      ? []
      : [['found out', `${oneLine(note)} (${instant(letter.investigatedAt)})`]]),
    ...(resolution === null ? [] : [['resolution', oneLine(resolution)]]),
  ];
}

function evidence({ details }: FailureRecord): readonly string[] {
  if (details === undefined || isEmpty(details)) return [];
  return ['evidence', ...textOf(details, '  ')];
}

function causes({ cause }: FailureRecord): readonly string[] {
  if (cause === undefined) return [];
  return [oneLine(`${cause.code}: ${cause.message}`), ...causes(cause)];
}

function timesBefore(deaths: number, replays: number, last: string): string {
  return `${deaths === 1 ? 'once' : `${deaths} times`}, requeued ${replays === 1 ? 'once' : `${replays} times`}; last: ${last}`;
}
