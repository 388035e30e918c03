import type { StoreWatch, WorkflowRecord, WorkflowStore } from '@chimera/workflow-store';
import type { AgentCall } from '../executor-pool/agent-call.ts';
import type { Logger } from '../log.ts';
import { endedWorkflows } from '../telemetry/ended-workflows.ts';
import { workflowFields } from '../telemetry/phase-scope.ts';
import type { RecentTimings } from '../telemetry/recent-timings.ts';
import {
  agentSpanId,
  attemptSpanId,
  traceIdOf,
  traceparentLabel,
} from '../telemetry/trace-identity.ts';
import { parseTraceparent } from '../telemetry/traceparent.ts';
import type { SpanExport } from './otlp-exporter.ts';
import type { SpanRecord } from './span-record.ts';
import { traceOf } from './trace-of.ts';

export interface WorkflowTracerDeps {
  readonly export: SpanExport;
  readonly store: Pick<WorkflowStore, 'events'>;
  readonly timings: Pick<RecentTimings, 'commitOf'>;
  readonly log: Logger;
}

/** More than any workflow should have; what is beyond is not in its trace. */
const mostEvents = 10_000;

/** Sends the trace of each workflow when it is over, and each call of an agent as it ends. */
export class WorkflowTracer {
  /** To be told what the store commits. */
  readonly watch: StoreWatch = endedWorkflows((record) => this.#ended(record));
  readonly #deps: WorkflowTracerDeps;
  readonly #reading = new Set<Promise<void>>();

  constructor(deps: WorkflowTracerDeps) {
    this.#deps = deps;
  }

  agentCalled({ agent, claim, durationMs, result, startedAt }: AgentCall): void {
    const { record, token } = claim;
    if (!isWanted(record)) return;
    const isError = result.outcome === 'failed';
    const span: SpanRecord = {
      traceId: traceIdOf(record),
      spanId: agentSpanId(record.id, token),
      parentSpanId: attemptSpanId(record.id, token),
      name: `invoke_agent ${agent}`,
      startedAt,
      endedAt: startedAt + durationMs,
      attributes: {
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': agent,
        'chimera.workflow.id': record.id,
        'chimera.phase': record.state.phase,
        'chimera.outcome': result.outcome,
        ...(isError ? { 'error.type': result.error.code } : {}),
      },
      status: isError ? 'error' : 'ok',
      ...(isError ? { message: result.error.message.slice(0, 1_000) } : {}),
    };
    this.#deps.export.add([span]);
  }

  /** Sends what is left; to be called while the store is open. */
  async stop(): Promise<void> {
    await Promise.all(this.#reading);
    try {
      await this.#deps.export.stop();
    } catch (error) {
      this.#deps.log.warn({ err: error, component: 'tracing' }, 'the last spans were not sent');
    }
  }

  #ended(record: WorkflowRecord): void {
    if (!isWanted(record)) return;
    const reading = this.#send(record).finally(() => this.#reading.delete(reading));
    this.#reading.add(reading);
  }

  async #send(record: WorkflowRecord): Promise<void> {
    const { log, store, timings } = this.#deps;
    try {
      const events = await store.events({ workflowId: record.id, limit: mostEvents });
      this.#deps.export.add(traceOf(record, events, (seq) => timings.commitOf(seq)));
    } catch (error) {
      log.warn(
        { err: error, component: 'tracing', ...workflowFields(record) },
        'its trace was not sent; the workflow itself is done',
      );
    }
  }
}

/** Whoever submitted it may have decided that the trace is not kept. */
function isWanted({ labels }: WorkflowRecord): boolean {
  return parseTraceparent(labels?.[traceparentLabel])?.sampled ?? true;
}
