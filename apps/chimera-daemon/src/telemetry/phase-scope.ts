import { AsyncLocalStorage } from 'node:async_hooks';
import type { Claim, WorkflowRecord } from '@chimera/workflow-store';
import type { ExemplarSource } from '@chimera/telemetry';
import { attemptSpanId, spanIdOf, traceIdOf, traceparentLabel } from './trace-identity.ts';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

/** Whose phase is being run, for everything that is called from there. */
export class PhaseScope {
  readonly record: WorkflowRecord;
  readonly token: number;
  #traceId: string | undefined;
  #agentSpanId: string | undefined;

  constructor({ record, token }: Claim) {
    this.record = record;
    this.token = token;
  }

  // Made when somebody asks: a phase that nobody looks into has no use for them.

  get traceId(): string {
    return (this.#traceId ??= traceIdOf(this.record));
  }

  /** The attempt's span. */
  get spanId(): string {
    return attemptSpanId(this.record.id, this.token);
  }

  /** The span of the agent's call, below the attempt's: what the agent is told to be below of. */
  get agentSpanId(): string {
    return (this.#agentSpanId ??= spanIdOf(this.record.id, 'agent', this.token));
  }
}

const current = new AsyncLocalStorage<PhaseScope>();

/** Runs `body`, and all that it calls, in the scope of a claim. */
export function inPhaseScope<Result>(claim: Claim, body: () => Result): Result {
  return current.run(new PhaseScope(claim), body);
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
export function exemplarOf({ id, labels }: WorkflowRecord): ExemplarSource {
  const scope = phaseScope();
  const isHere = scope !== undefined && scope.record.id === id;
  return exemplarFor(id, labels?.[traceparentLabel], isHere ? 'attempt' : undefined, scope?.token);
}

/** Where to look further: the call of an agent. */
export function callExemplar({ record, token }: PhaseScope): ExemplarSource {
  return exemplarFor(record.id, record.labels?.[traceparentLabel], 'agent', token);
}

/** It holds on to no more than it needs: the record may be large. */
function exemplarFor(
  id: string,
  traceparent: string | undefined,
  span: 'agent' | 'attempt' | undefined,
  token = 0,
): ExemplarSource {
  return () => {
    const labels = traceparent === undefined ? {} : { [traceparentLabel]: traceparent };
    const trace_id = traceIdOf({ id, labels });
    if (span === undefined) return { trace_id };
    return { trace_id, span_id: spanIdOf(id, span, token) };
  };
}
