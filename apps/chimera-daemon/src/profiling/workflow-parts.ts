import type { WorkflowProfilePart } from '@chimera/client';
import type { StoredEvent, WorkflowRecord } from '@chimera/workflow-store';
import type { WorkflowTimings } from '../telemetry/recent-timings.ts';
import { wordOf } from '../tracing/event-words.ts';
import { changesOf, phaseAfter, waitReason } from '../tracing/stretches.ts';

export interface WorkflowParts {
  /** End to end, from the submission (or the return from the dead letter queue) to the end, or `now`. */
  readonly parts: readonly WorkflowProfilePart[];
  /** False where only the event log is known of an attempt: all of it counts as its agent's. */
  readonly isMeasured: boolean;
}

/**
 * Where the time of a workflow went, from its event log and what is remembered beside it. The parts
 * lie end to end, whatever the clocks did meanwhile, so that they add up.
 */
export function workflowParts(
  record: WorkflowRecord,
  log: readonly StoredEvent[],
  timings: WorkflowTimings | undefined,
  now: number,
): WorkflowParts {
  const changes = changesOf(log);
  const [first] = changes;
  if (first === undefined) return { parts: [], isMeasured: true };
  const line = new Line(first.at);
  let isMeasured = true;
  let hasStarted = false;
  for (const [index, began] of changes.entries()) {
    const next = changes[index + 1];
    if (next === undefined && record.finishedAt !== undefined) break;
    const commit = timings?.commitOf(began.seq);
    line.enter(began, next?.at ?? now);
    line.until(commit?.committedAt, 'database');
    const { status } = began.data;
    if (status === 'running') {
      hasStarted = true;
      isMeasured &&= commit !== undefined;
      line.attempt(began, timings, {
        isMeasured: commit !== undefined,
        isOver: next !== undefined,
        isCut: next?.type === 'interrupted' && next.data['cause'] === 'crash',
      });
    } else if (status === 'waiting') {
      line.until(waitsUntil(began), 'waiting', waitReason(began));
      line.rest('slot');
    } else {
      if (!hasStarted) line.until(startsAt(record, began), 'waiting', 'run-at');
      line.rest(hasStarted ? 'slot' : 'queue');
    }
  }
  return { parts: line.parts, isMeasured };
}

interface AttemptEnd {
  readonly isMeasured: boolean;
  readonly isOver: boolean;
  /** By a crash, of which the log knows when it was noticed. */
  readonly isCut: boolean;
}

/** Where the parts are laid, one after the other. */
class Line {
  readonly parts: WorkflowProfilePart[] = [];
  #at: number;
  #end: number;
  #began: StoredEvent | undefined;

  constructor(at: number) {
    this.#at = at;
    this.#end = at;
  }

  /** What follows is between an event and `end`; a clock that went back makes it empty. */
  enter(began: StoredEvent, end: number): void {
    this.#began = began;
    this.#end = Math.max(this.#at, end);
  }

  until(instant: number | undefined, kind: WorkflowProfilePart['kind'], reason?: string): void {
    if (instant === undefined) return;
    const endedAt = Math.min(instant, this.#end);
    if (endedAt <= this.#at || this.#began === undefined) return;
    const { data } = this.#began;
    const isAttempt = data['status'] === 'running';
    this.parts.push({
      kind,
      phase: phaseAfter(this.#began),
      attempt: isAttempt && typeof data['attempt'] === 'number' ? data['attempt'] : null,
      agent: isAttempt ? (wordOf(data, 'agent') ?? null) : null,
      reason: reason ?? null,
      startedAt: this.#at,
      endedAt,
    });
    this.#at = endedAt;
  }

  rest(kind: WorkflowProfilePart['kind']): void {
    this.until(this.#end, kind);
  }

  attempt(
    began: StoredEvent,
    timings: WorkflowTimings | undefined,
    { isCut, isMeasured, isOver }: AttemptEnd,
  ): void {
    const call = timings?.calls.find(({ token }) => token === began.data['token']);
    this.until(call?.startedAt, 'transition');
    this.until(call?.endedAt, 'agent');
    // It ended when the daemon did, which is not known: most of the time nobody worked, perhaps.
    if (isCut) return this.until(this.#end, 'waiting', 'crash');
    // Of an attempt that was parked, no agent was asked; of one that runs, it has not answered.
    this.rest(isMeasured && (isOver || call !== undefined) ? 'transition' : 'agent');
  }
}

/** When a wait was to end; children end when they end. */
function waitsUntil({ data }: StoredEvent): number {
  const until = data['until'] ?? data['retryAt'];
  return typeof until === 'number' ? until : Infinity;
}

/** It may have been submitted for a later instant. */
function startsAt(record: WorkflowRecord, { data }: StoredEvent): number | undefined {
  if (typeof data['runAt'] === 'number') return data['runAt'];
  return record.startedAt === undefined ? record.runAt : undefined;
}
