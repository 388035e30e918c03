import type { CircuitBreakerEvent } from '@chimera/circuit-breaker';
import type { AgentStatus, DecisionView, PoolMetricsView } from '@chimera/client';
import type { Mode } from '@chimera/graceful-degradation';
import type { Clock } from '@chimera/policy';
import { type Format, MetricsRegistry } from '@chimera/telemetry';
import type { WorkflowDefinition } from '@chimera/workflow';
import type {
  Applied,
  ApplyRequest,
  Claim,
  NewWorkflow,
  StoreCommit,
  StoreWatch,
  Submitted,
  WorkflowRecord,
} from '@chimera/workflow-store';
import type { AgentCall } from '../executor-pool/agent-call.ts';
import type { ExecutorPool } from '../executor-pool/executor-pool.ts';
import type { RecordedAttempt } from '../executor-pool/recorded-attempt.ts';
import { agentMetrics } from './agent-metrics.ts';
import { breakerMetrics } from './breaker-metrics.ts';
import { databaseMetrics } from './database-metrics.ts';
import { decisionMetrics } from './decision-metrics.ts';
import { outcomeOf } from './outcome-of.ts';
import { phaseBefore } from './phase-before.ts';
import { type PoolReading, poolMetricsView, queueTrendOf } from './pool-metrics-view.ts';
import { Recent } from './recent.ts';
import { RecentTimings } from './recent-timings.ts';
import { type RuntimeMetrics, runtimeMetrics } from './runtime-metrics.ts';
import { type ScheduleMetrics, scheduleMetrics } from './schedule-metrics.ts';
import { stateMetrics } from './state-metrics.ts';
import type { StateSample, StateSampler } from './state-sampler.ts';
import { WorkflowHistory } from './workflow-history.ts';
import { WorkflowMetrics } from './workflow-metrics.ts';

/** What is read at the moment of a scrape. */
export interface TelemetrySources {
  readonly pool: Pick<ExecutorPool, 'isPaused' | 'peak' | 'running' | 'target'>;
  /** Slots wanted before degradation caps them. */
  readonly baseline: () => number;
  readonly mode: () => Mode;
  readonly agents: () => readonly AgentStatus[];
  readonly sampler: StateSampler;
}

/** Depths of the queue that its trend is told from: 20, one each five seconds. */
const depthEveryMs = 5_000;
const mostDepths = 20;
/** An exemplar gives way to another after this time, or after a scrape. */
const exemplarsEveryMs = 10_000;

/** Where everything that the daemon counts comes together: each part is told what happened, none asks. */
export class DaemonTelemetry implements StoreWatch {
  readonly registry: MetricsRegistry;
  readonly history: WorkflowHistory = new WorkflowHistory();
  /** What happened when to the latest workflows. */
  readonly timings: RecentTimings;
  readonly breakerEvent: (agent: string, event: CircuitBreakerEvent) => void;
  readonly schedules: ScheduleMetrics;
  readonly decided: (decision: DecisionView) => void;
  readonly #clock: Clock;
  readonly #agentCalled: (call: AgentCall) => void;
  readonly #committed: (commit: StoreCommit) => void;
  readonly #workflows: WorkflowMetrics;
  readonly #runtime: RuntimeMetrics;
  readonly #depths = new Recent<number>(mostDepths);
  #depthAt = -Infinity;
  #exemplarsAt = -Infinity;
  #sources: TelemetrySources | undefined;

  constructor({ clock }: { readonly clock: Clock }) {
    const registry = new MetricsRegistry({}, { clock });
    this.registry = registry;
    this.#clock = clock;
    this.#workflows = new WorkflowMetrics(registry);
    this.timings = new RecentTimings(clock);
    this.#agentCalled = agentMetrics(registry);
    this.breakerEvent = breakerMetrics(registry, () => this.#sources?.agents() ?? []);
    this.#committed = databaseMetrics(registry);
    this.decided = decisionMetrics(registry);
    this.schedules = scheduleMetrics(registry);
    this.#runtime = runtimeMetrics(registry);
    stateMetrics(registry, {
      isPaused: () => this.#sources?.pool.isPaused ?? false,
      latest: () => this.latest,
      mode: () => this.#sources?.mode() ?? 'normal',
      pool: () => this.pool,
      trend: () => (this.latest === undefined ? 'unknown' : queueTrendOf(this.#depths.values)),
    });
    this.start();
  }

  /** The parts exist now that are read at each scrape. */
  attach(sources: TelemetrySources): void {
    this.#sources = sources;
  }

  /** Work of these definitions may come. */
  expect(definitions: readonly WorkflowDefinition[]): void {
    this.#workflows.expect(definitions);
  }

  /** A transaction of the store is over; its callers have not heard of it yet. */
  committed(commit: StoreCommit): void {
    this.#committed(commit);
    this.timings.committed(commit);
    // Where nobody scrapes, exemplars would stay those of the start.
    const at = this.#clock.monotonic();
    if (at - this.#exemplarsAt < exemplarsEveryMs) return;
    this.#exemplarsAt = at;
    this.registry.renewExemplars();
  }

  agentCalled(call: AgentCall): void {
    this.#agentCalled(call);
    this.timings.agentCalled(call);
  }

  submitted(workflows: readonly NewWorkflow[], submitted: readonly Submitted[]): void {
    this.#workflows.submitted(workflows, submitted);
  }

  claimed(claims: readonly Claim[]): void {
    this.#workflows.claimed(claims.length);
    for (const claim of claims) {
      const { runAt, updatedAt } = claim.record;
      // The wall clock may have gone back meanwhile.
      const waitedMs = Math.max(0, updatedAt - runAt);
      this.#workflows.waited(claim, waitedMs);
      this.history.waited(waitedMs);
    }
  }

  applied(request: ApplyRequest, applied: Applied | undefined): void {
    if (applied === undefined) return this.#workflows.stale();
    const { commands, others, record } = applied;
    if (commands[0]?.type === 'ignore') return;
    const { event, run } = request;
    this.#workflows.applied(event, applied);
    // Of an attempt of an agent, `recorded` tells.
    if (run === undefined)
      this.history.attempted(
        record.definition,
        phaseBefore(event, record),
        outcomeOf(event.type, record),
        undefined,
      );
    if (record.finishedAt !== undefined || others.length > 0) this.history.moved(record, others);
  }

  /**
   * The outcome of an agent's attempt is in the store. Whoever ran it tells more of it at less cost
   * than `applied` could: to ask the record which phase it was, and when it began, is most of the
   * work, for by now other workflows have the caches.
   */
  recorded(attempt: RecordedAttempt): void {
    const { agent, event, phase, record } = attempt;
    const outcome = outcomeOf(event, record);
    this.#workflows.attempted(attempt, outcome);
    this.history.attempted(record.definition, phase, outcome, agent);
  }

  stopped(records: readonly WorkflowRecord[]): void {
    this.#workflows.stopped(records);
    this.history.stopped(records);
  }

  recovered(recovered: readonly Applied[]): void {
    this.#workflows.recovered(recovered);
    this.history.recovered(recovered);
  }

  get pool(): PoolReading {
    const { baseline, pool } = this.#sources ?? {};
    const { peak = 0, running: active = 0, target = 0 } = pool ?? {};
    return { size: baseline?.() ?? 0, target, active, peak };
  }

  /** What the store held when it was last read; undefined while it does not answer. */
  get latest(): StateSample | undefined {
    return this.#sources?.sampler.latest;
  }

  /** Reads what the store holds, and notes the queue's depth for its trend. Rejects when the store does not answer. */
  async sample(): Promise<StateSample> {
    if (this.#sources === undefined) throw new Error('telemetry: nothing is attached yet');
    const sample = await this.#sources.sampler.read();
    const at = this.#clock.monotonic();
    if (at - this.#depthAt >= depthEveryMs) {
      this.#depthAt = at;
      this.#depths.add(sample.workflows.queued);
    }
    return sample;
  }

  async poolMetrics(): Promise<PoolMetricsView> {
    const { finished, phases, slotWaitsMs } = this.history;
    const sample = await this.sample();
    return poolMetricsView({
      pool: this.pool,
      sample,
      depths: this.#depths.values,
      finished,
      phases,
      slotWaitsMs,
    });
  }

  /** A scrape, in chunks. A store that does not answer costs the scrape what the store holds, and nothing else. */
  async *scrape(format: Format): AsyncGenerator<string, void, undefined> {
    await this.sample().catch(() => undefined);
    yield* this.registry.expose({ format });
    this.#runtime.scraped();
  }

  /** Measures the process itself, too: from the start, and again after a stop. */
  start(): void {
    this.#runtime.start();
  }

  stop(): void {
    this.#runtime.stop();
  }
}
