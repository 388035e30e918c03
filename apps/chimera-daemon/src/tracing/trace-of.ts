import type { StoredEvent, WorkflowRecord } from '@chimera/workflow-store';
import {
  attemptSpanId,
  spanIdOf,
  traceIdOf,
  traceparentLabel,
  workflowSpanId,
} from '../telemetry/trace-identity.ts';
import type { WorkflowTimings } from '../telemetry/recent-timings.ts';
import { parseTraceparent } from '../telemetry/traceparent.ts';
import { commitSpans } from './commit-spans.ts';
import { wordOf } from './event-words.ts';
import type { SpanRecord } from './span-record.ts';
import { changesOf, type Stretch, stretchesOf, waitReason } from './stretches.ts';

/**
 * The trace of a workflow that is over, from its event log alone: one span for the workflow, one
 * for each visit of a phase, and below these one for each attempt and each wait. The last ones lie
 * end to end, so that no time is without a span. Of a workflow that came back from the dead letter
 * queue, what was since then. Commits, as far as they are remembered, are spans in these.
 */
export function traceOf(
  record: WorkflowRecord,
  log: readonly StoredEvent[],
  commitOf: WorkflowTimings['commitOf'] = () => undefined,
): readonly SpanRecord[] {
  const events = changesOf(log);
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) return [];
  const { id, definition, labels, state } = record;
  const traceId = traceIdOf(record);
  const root: SpanRecord = {
    traceId,
    spanId: workflowSpanId(record),
    parentSpanId: parseTraceparent(labels?.[traceparentLabel])?.spanId,
    name: `workflow ${definition}`,
    startedAt: first.at,
    endedAt: last.at,
    attributes: {
      'chimera.workflow.id': id,
      'chimera.workflow.definition': definition,
      'chimera.workflow.status': state.status,
      'chimera.workflow.retries': state.retries,
    },
    ...endOf(state.status === 'dead', state.status === 'completed', causeOf(record)),
  };
  const visits = visitsOf(stretchesOf(events)).flatMap((visit) => visitSpans(visit, record, root));
  // Each is below what it began, and the last one below the workflow.
  const parentOf = (change: StoredEvent) =>
    change === last ? root.spanId : partSpanId(id, change);
  return [root, ...visits, ...commitSpans(events, commitOf, { id, traceId, parentOf })];
}

/** A success and a verdict lead on, also to the same phase once more. */
function visitsOf(stretches: readonly Stretch[]): readonly (readonly Stretch[])[] {
  const visits: Stretch[][] = [];
  for (const stretch of stretches) {
    const visit = visits.at(-1);
    const { type } = stretch.began;
    if (visit === undefined || type === 'phase-succeeded' || type === 'phase-rejected') {
      visits.push([stretch]);
    } else visit.push(stretch);
  }
  return visits;
}

function visitSpans(
  visit: readonly Stretch[],
  { id }: WorkflowRecord,
  { spanId: parentSpanId, traceId }: SpanRecord,
): readonly SpanRecord[] {
  const [first] = visit;
  const last = visit.at(-1);
  if (first === undefined || last === undefined) return [];
  const { phase } = first;
  const span: SpanRecord = {
    traceId,
    spanId: spanIdOf(id, 'phase', first.began.seq),
    parentSpanId,
    name: `phase ${phase}`,
    startedAt: first.began.at,
    endedAt: last.ended.at,
    attributes: { 'chimera.workflow.id': id, 'chimera.phase': phase },
    ...endOf(last.ended.type === 'phase-failed', last.ended.type === 'phase-succeeded', undefined),
  };
  let previousAttempt: string | undefined;
  const parts = visit.flatMap((stretch): readonly SpanRecord[] => {
    const part = stretchSpan(stretch, id, span, previousAttempt);
    if (!isAttempt(stretch)) return untilItMayStart(part, stretch, id);
    previousAttempt = part.spanId;
    return [part];
  });
  return [span, ...parts];
}

function stretchSpan(
  stretch: Stretch,
  id: string,
  { spanId: parentSpanId, traceId }: SpanRecord,
  previousAttempt: string | undefined,
): SpanRecord {
  const { began, ended, phase } = stretch;
  const base = { traceId, parentSpanId, startedAt: began.at, endedAt: ended.at };
  const attributes = { 'chimera.workflow.id': id, 'chimera.phase': phase };
  if (!isAttempt(stretch)) {
    return {
      ...base,
      spanId: partSpanId(id, began),
      name: `wait ${text(began, 'status') ?? 'queued'}`,
      attributes: { ...attributes, 'chimera.wait.reason': waitReason(began) },
      status: 'unset',
    };
  }
  return {
    ...base,
    spanId: partSpanId(id, began),
    name: `attempt ${phase}`,
    attributes: {
      ...attributes,
      'chimera.attempt': Number(began.data['attempt']),
      'chimera.agent': text(began, 'agent') ?? 'checks',
      'chimera.outcome': ended.type.replace(/^phase-/, ''),
    },
    ...endOf(ended.type === 'phase-failed', ended.type === 'phase-succeeded', errorOf(ended)),
    ...(previousAttempt === undefined ? {} : { links: [previousAttempt] }),
  };
}

/** It may have been submitted for a later instant: until then it is that which is waited for, not a slot. */
function untilItMayStart(wait: SpanRecord, { began }: Stretch, id: string): readonly SpanRecord[] {
  const runAt = Number(began.data['runAt'] ?? wait.startedAt);
  if (runAt <= wait.startedAt) return [wait];
  const attributes = { ...wait.attributes, 'chimera.wait.reason': 'run-at' };
  const first = { ...wait, attributes, endedAt: Math.min(runAt, wait.endedAt) };
  const rest = { ...wait, spanId: spanIdOf(id, 'slot', began.seq), startedAt: first.endedAt };
  return rest.startedAt < rest.endedAt ? [first, rest] : [first];
}

function partSpanId(id: string, { data, seq, type }: StoredEvent): string {
  return type === 'claimed' ? attemptSpanId(id, Number(data['token'])) : spanIdOf(id, 'wait', seq);
}

function isAttempt({ began }: Stretch): boolean {
  return began.type === 'claimed';
}

function errorOf({ data }: StoredEvent): string | undefined {
  const code = wordOf(data['error'], 'code');
  if (code === undefined) return undefined;
  return `${code}: ${wordOf(data['error'], 'message') ?? ''}`.slice(0, 1_000);
}

function causeOf({ state }: WorkflowRecord): string | undefined {
  if (state.status !== 'dead') return undefined;
  return state.cause.kind === 'failed' ? state.cause.error.code : state.cause.kind;
}

function endOf(
  isError: boolean,
  isGood: boolean,
  message: string | undefined,
): Pick<SpanRecord, 'message' | 'status'> {
  const good = isGood ? 'ok' : 'unset';
  return {
    status: isError ? 'error' : good,
    ...(isError && message !== undefined ? { message } : {}),
  };
}

function text({ data }: StoredEvent, key: string): string | undefined {
  return wordOf(data, key);
}
