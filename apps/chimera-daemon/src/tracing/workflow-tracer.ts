import type { WorkflowRecord, WorkflowStore } from '@chimera/workflow-store';
import type { Logger } from '../log.ts';
import type { StoreNews } from '../telemetry/observed-store.ts';
import type { RecentTimings } from '../telemetry/recent-timings.ts';
import { traceparentLabel } from '../telemetry/trace-identity.ts';
import { parseTraceparent } from '../telemetry/traceparent.ts';
import type { AgentCall } from '../telemetry/watched-agent.ts';
import type { SpanExport } from './otlp-exporter.ts';
import type { SpanRecord } from './span-record.ts';
import { traceOf } from './trace-of.ts';

export interface WorkflowTracerDeps {
  readonly export: SpanExport;
  readonly store: Pick<WorkflowStore, 'events'>;
  readonly timings: Pick<RecentTimings, 'of'>;
  readonly log: Logger;
}

/** More than any workflow should have; what is beyond is not in its trace. */
const mostEvents = 10_000;

/** Sends the trace of each workflow when it is over, and each call of an agent as it ends. */
export class WorkflowTracer {
  readonly #deps: WorkflowTracerDeps;
  readonly #reading = new Set<Promise<void>>();

  constructor(deps: WorkflowTracerDeps) {
    this.#deps = deps;
  }

  note(news: StoreNews): void {
    if (news.type === 'applied' && news.applied !== undefined) {
      const { commands, record } = news.applied;
      if (commands[0]?.type !== 'ignore') this.#ended(record);
    } else if (news.type === 'recovered' || news.type === 'moved') {
      for (const record of news.records) this.#ended(record);
    }
  }

  agentCalled({ agent, durationMs, result, scope, startedAt }: AgentCall): void {
    const { record } = scope;
    if (!isWanted(record)) return;
    const isError = result.outcome === 'failed';
    const span: SpanRecord = {
      traceId: scope.traceId,
      spanId: scope.agentSpanId,
      parentSpanId: scope.spanId,
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
    if (record.finishedAt === undefined || !isWanted(record)) return;
    const reading = this.#send(record).finally(() => this.#reading.delete(reading));
    this.#reading.add(reading);
  }

  async #send(record: WorkflowRecord): Promise<void> {
    const { log, store, timings } = this.#deps;
    // Before others take its place.
    const commits = timings.of(record.id)?.commits;
    try {
      const events = await store.events({ workflowId: record.id, limit: mostEvents });
      this.#deps.export.add(traceOf(record, events, commits));
    } catch (error) {
      log.warn(
        { err: error, component: 'tracing', task_id: record.id },
        'its trace was not sent; the workflow itself is done',
      );
    }
  }
}

/** Whoever submitted it may have decided that the trace is not kept. */
function isWanted({ labels }: WorkflowRecord): boolean {
  return parseTraceparent(labels?.[traceparentLabel])?.sampled ?? true;
}
