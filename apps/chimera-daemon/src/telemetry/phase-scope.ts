import { AsyncLocalStorage } from 'node:async_hooks';
import type { Claim, WorkflowRecord } from '@chimera/workflow-store';
import type { Exemplar } from '@chimera/telemetry';
import { attemptSpanId, spanIdOf, traceIdOf, traceparentLabel } from './trace-identity.ts';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

/** Whose phase is being run, for everything that is called from there. */
export interface PhaseScope {
  readonly record: WorkflowRecord;
  readonly token: number;
  readonly traceId: string;
  /** The attempt's span. */
  readonly spanId: string;
  /** The span of the agent's call, below the attempt's: what the agent is told to be below of. */
  readonly agentSpanId: string;
}

const current = new AsyncLocalStorage<PhaseScope>();

/** Runs `body`, and all that it calls, in the scope of a claim. */
export function inPhaseScope<Result>({ record, token }: Claim, body: () => Result): Result {
  const { id } = record;
  const scope = {
    record,
    token,
    traceId: traceIdOf(record),
    spanId: attemptSpanId(id, token),
    agentSpanId: spanIdOf(id, 'agent', token),
  };
  return current.run(scope, body);
}

/** Undefined outside of any phase. */
export function phaseScope(): PhaseScope | undefined {
  return current.getStore();
}

/** What the agent that is being asked here is told to be below of; undefined outside of any phase. */
export function agentTraceparent(): string | undefined {
  const scope = phaseScope();
  if (scope === undefined) return undefined;
  const { agentSpanId: spanId, record, traceId } = scope;
  const given = parseTraceparent(record.labels?.[traceparentLabel]);
  return formatTraceparent({ traceId, spanId, sampled: given?.sampled ?? true });
}

/** Where to look further: the workflow's trace, and the attempt that runs here. */
export function exemplarOf(record: WorkflowRecord): Exemplar {
  const scope = phaseScope();
  const isHere = scope !== undefined && scope.record.id === record.id;
  return isHere
    ? { trace_id: scope.traceId, span_id: scope.spanId }
    : { trace_id: traceIdOf(record) };
}
