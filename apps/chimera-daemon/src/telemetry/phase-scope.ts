import { AsyncLocalStorage } from 'node:async_hooks';
import type { Claim, WorkflowRecord } from '@chimera/workflow-store';
import type { Exemplar } from '@chimera/telemetry';
import { agentSpanId, attemptSpanId, traceIdOf, traceparentLabel } from './trace-identity.ts';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

type Named = Parameters<typeof traceIdOf>[0];

const current = new AsyncLocalStorage<Claim>();

/**
 * Runs `body`, and all that it calls, in the scope of a claim: what is logged there names it. Not
 * for every phase: to enter a scope costs more than all that is counted of one.
 */
export function inPhaseScope<Result>(claim: Claim, body: () => Result): Result {
  return current.run(claim, body);
}

/** What a line of the log says of the phase that it is written in; undefined outside of any scope. */
export function scopeFields(): AttemptFields | undefined {
  const claim = current.getStore();
  return claim === undefined ? undefined : attemptFields(claim.record, claim.token);
}

export interface AttemptFields {
  readonly trace_id: string;
  /** The attempt's. */
  readonly span_id: string;
  readonly task_id: string;
  readonly workflow_phase: string;
}

/** What a line of the log says of the attempt that it is about. */
export function attemptFields(
  record: Named & Pick<WorkflowRecord, 'state'>,
  token: number,
): AttemptFields {
  const { id, state } = record;
  return {
    trace_id: traceIdOf(record),
    span_id: attemptSpanId(id, token),
    task_id: id,
    workflow_phase: state.phase,
  };
}

/** What a line of the log says of the workflow that it is about. */
export function workflowFields(record: Named): Pick<AttemptFields, 'task_id' | 'trace_id'> {
  return { trace_id: traceIdOf(record), task_id: record.id };
}

/** What an agent is told to be below of: the span of its call. */
export function agentTraceparent({ record, token }: Claim): string {
  const given = parseTraceparent(record.labels?.[traceparentLabel]);
  const [traceId, spanId] = [traceIdOf(record), agentSpanId(record.id, token)];
  return formatTraceparent({ traceId, spanId, sampled: given?.sampled ?? true });
}

/** Where to look further: the attempt. */
export function attemptExemplar({ record, token }: Pick<Claim, 'record' | 'token'>): Exemplar {
  return { trace_id: traceIdOf(record), span_id: attemptSpanId(record.id, token) };
}

/** Where to look further: the call of an agent. */
export function callExemplar({ record, token }: Claim): Exemplar {
  return { trace_id: traceIdOf(record), span_id: agentSpanId(record.id, token) };
}
