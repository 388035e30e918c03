import type {
  BoundCounter,
  BoundHistogram,
  Counter,
  Exemplar,
  Histogram,
  MetricsRegistry,
} from '@chimera/telemetry';
import type {
  DeathCause,
  WorkflowDefinition,
  WorkflowEvent,
  WorkflowStatus,
} from '@chimera/workflow';
import type {
  Applied,
  Claim,
  NewWorkflow,
  Submitted,
  WorkflowRecord,
} from '@chimera/workflow-store';
import type { RecordedAttempt } from '../executor-pool/recorded-attempt.ts';
import { perPair, perValue } from '../per-value.ts';
import { longBuckets } from './long-buckets.ts';
import { phaseBefore } from './phase-before.ts';
import { attemptExemplar } from './phase-scope.ts';
import { possibleDeaths } from './possible-deaths.ts';
import { traceIdOf, workflowSpanId } from './trace-identity.ts';

/** By the wrappers' words for a call's end. */
const callStatus = {
  completed: 'success',
  dead: 'error',
  cancelled: 'aborted',
} as const satisfies Partial<Record<WorkflowStatus, string>>;

const kinds = {
  success: { retried: 'successful_with_retry', atOnce: 'successful_without_retry' },
  error: { retried: 'failed_with_retry', atOnce: 'failed_without_retry' },
} as const;

const operations = {
  claimed: 'claim',
  'phase-succeeded': 'complete',
  'phase-rejected': 'reject',
  'phase-failed': 'fail',
  parked: 'park',
  interrupted: 'interrupt',
  woken: 'wake',
  'timed-out': 'time-out',
  'cancel-requested': 'cancel',
  requeued: 'requeue',
  'children-added': 'fork-in-steps',
  'children-started': 'fork',
  'child-ended': 'child-end',
  'child-requeued': 'child-requeue',
} as const;

const forks: ReadonlySet<WorkflowEvent['type']> = new Set(['children-started', 'children-added']);

/** Series of a metric that are there before anything has happened: half of what it has room for. */
const mostExpected = 500;

const phaseLabels = ['definition', 'phase'] as const;

interface PhaseMetrics {
  readonly durations: Histogram<'definition' | 'phase' | 'outcome'>;
  readonly retries: Counter<'definition' | 'phase'>;
  readonly exhausted: Counter<'definition' | 'phase'>;
  readonly deaths: Counter<'definition' | 'phase' | 'cause'>;
}

interface EndMetrics {
  readonly calls: Counter<'definition' | 'status'>;
  readonly durations: Histogram<'definition' | 'status'>;
}

interface EndSeries {
  readonly calls: BoundCounter;
  readonly durations: BoundHistogram;
}

interface PhaseSeries {
  readonly duration: (outcome: string) => BoundHistogram;
  readonly retried: () => void;
  readonly died: (cause: DeathCause) => void;
}

/** Counts what becomes of workflows, from what the store tells. What is counted often was bound before. */
export class WorkflowMetrics {
  readonly #calls: EndMetrics['calls'];
  readonly #deaths: PhaseMetrics['deaths'];
  readonly #phase: (definition: string, phase: string) => PhaseSeries;
  readonly #end: (definition: string, status: string) => EndSeries;
  readonly #operation: (operation: string) => BoundCounter;
  readonly #event: (type: WorkflowEvent['type']) => BoundCounter;
  readonly #kind: (kind: string) => BoundCounter;
  readonly #claims: BoundCounter;
  readonly #slotWait: BoundHistogram;

  constructor(registry: MetricsRegistry) {
    const ends = endMetrics(registry);
    const phases = phaseMetrics(registry);
    this.#calls = ends.calls;
    this.#deaths = phases.deaths;
    this.#phase = perPair((definition, phase) => phaseSeries({ definition, phase }, phases));
    this.#end = perPair((definition, status) => ({
      calls: ends.calls.bind({ definition, status }),
      durations: ends.durations.bind({ definition, status }),
    }));
    const byKind = registry.counter({
      name: 'chimera_retry_calls_total',
      help: 'Workflows that completed or died, by whether they had retried.',
      labels: ['kind'],
    });
    this.#kind = perValue((kind) => byKind.bind({ kind }));
    const queue = registry.counter({
      name: 'chimera_queue_operations_total',
      help: 'What was done to workflows in the queue.',
      labels: ['operation'],
    });
    this.#operation = perValue((operation) => queue.bind({ operation }));
    this.#event = perValue((type) => this.#operation(operations[type]));
    this.#claims = this.#operation('claim');
    this.#slotWait = registry
      .histogram({
        name: 'chimera_slot_wait_seconds',
        help: 'From the moment at which a workflow could be claimed to its claim.',
        unit: 'seconds',
        buckets: longBuckets,
      })
      .bind();
  }

  /**
   * These are loaded: what has not become of their workflows is counted as zero. Prometheus sees no
   * increase in a series that begins with its first fifty.
   */
  expect(definitions: readonly WorkflowDefinition[]): void {
    const ends = definitions.flatMap(({ name: definition }) =>
      Object.values(callStatus).map((status) => ({ definition, status })),
    );
    const deaths = definitions.flatMap(possibleDeaths);
    for (const end of ends.slice(0, mostExpected)) this.#calls.bind(end);
    for (const death of deaths.slice(0, mostExpected)) this.#deaths.bind(death);
  }

  submitted(_workflows: readonly NewWorkflow[], submitted: readonly Submitted[]): void {
    let created = 0;
    for (const each of submitted) if (each.created) created += 1;
    if (created > 0) this.#operation('submit').add(created);
    if (created < submitted.length) this.#operation('duplicate').add(submitted.length - created);
  }

  claimed(claims: number): void {
    this.#claims.add(claims);
  }

  /** A workflow that was claimed could have been so long before. */
  waited(claim: Claim, waitedMs: number): void {
    this.#slotWait.observe(waitedMs / 1_000, attemptExemplar, claim);
  }

  /** An event came with a token that was not the latest. */
  stale(): void {
    this.#operation('stale').add();
  }

  applied(event: WorkflowEvent, { others, record }: Applied): void {
    this.#event(event.type).add();
    const { definition, state } = record;
    if (state.status === 'waiting' && state.reason.kind === 'retry')
      this.#phase(definition, phaseBefore(event, record)).retried();
    if (record.finishedAt !== undefined) this.#ended(record);
    if (others.length > 0) this.#moved(event, others);
  }

  /** With what the attempt came to: see `outcomeOf`. */
  attempted(attempt: RecordedAttempt, outcome: string): void {
    const { durationMs, phase, record } = attempt;
    const duration = this.#phase(record.definition, phase).duration(outcome);
    duration.observe(durationMs / 1_000, attemptExemplar, attempt);
  }

  recovered(recovered: readonly Applied[]): void {
    for (const { others, record } of recovered) {
      this.#operation('recover').add();
      this.#ended(record);
      this.#moved(undefined, others);
    }
  }

  stopped(records: readonly WorkflowRecord[]): void {
    this.#moved(undefined, records);
  }

  /** Parents and children that moved with another. */
  #moved(by: WorkflowEvent | undefined, records: readonly WorkflowRecord[]): void {
    for (const record of records) {
      const { state } = record;
      const isNew = state.status === 'queued' && state.reason === 'new';
      if (isNew && by !== undefined && forks.has(by.type)) this.#operation('submit').add();
      this.#ended(record);
    }
  }

  /** Whatever ended it: its own phase, the family, an operator, a crash. */
  #ended(record: WorkflowRecord): void {
    const { createdAt, definition, finishedAt, state } = record;
    if (finishedAt === undefined || !isEnd(state.status)) return;
    if (state.status === 'dead') this.#phase(definition, state.phase).died(state.cause);
    const status = callStatus[state.status];
    const seconds = Math.max(0, finishedAt - createdAt) / 1_000;
    const end = this.#end(definition, status);
    end.calls.add(1, workflowExemplar, record);
    end.durations.observe(seconds, workflowExemplar, record);
    if (status === 'aborted') return;
    this.#kind(state.retries > 0 ? kinds[status].retried : kinds[status].atOnce).add();
  }
}

function isEnd(status: WorkflowStatus): status is keyof typeof callStatus {
  return status in callStatus;
}

function workflowExemplar(record: WorkflowRecord): Exemplar {
  return { trace_id: traceIdOf(record), span_id: workflowSpanId(record) };
}

function phaseSeries(
  of: { readonly definition: string; readonly phase: string },
  { deaths, durations, exhausted, retries }: PhaseMetrics,
): PhaseSeries {
  return {
    duration: perValue((outcome: string) => durations.bind({ ...of, outcome })),
    retried: () => retries.bind(of).add(),
    died: (cause) => {
      deaths.bind({ ...of, cause: cause.kind }).add();
      if (cause.kind === 'failed' && cause.error.retryable) exhausted.bind(of).add();
    },
  };
}

function endMetrics(registry: MetricsRegistry): EndMetrics {
  return {
    calls: registry.counter({
      name: 'chimera_workflow_execution_calls_total',
      help: 'Workflows that ended: success is completed, error is dead, aborted is cancelled.',
      labels: ['definition', 'status'],
    }),
    durations: registry.histogram({
      name: 'chimera_workflow_execution_duration_seconds',
      help: 'From submit to end, waits included.',
      unit: 'seconds',
      labels: ['definition', 'status'],
      buckets: longBuckets,
    }),
  };
}

function phaseMetrics(registry: MetricsRegistry): PhaseMetrics {
  return {
    durations: registry.histogram({
      name: 'chimera_phase_duration_seconds',
      help: 'Attempts of phases, from claim to recorded outcome.',
      unit: 'seconds',
      labels: [...phaseLabels, 'outcome'],
      buckets: longBuckets,
    }),
    retries: registry.counter({
      name: 'chimera_retry_attempts_total',
      help: 'Attempts that failed and are tried again.',
      labels: phaseLabels,
    }),
    exhausted: registry.counter({
      name: 'chimera_retry_exhausted_total',
      help: 'Workflows that died of a retryable failure, without a retry left.',
      labels: phaseLabels,
    }),
    deaths: registry.counter({
      name: 'chimera_dead_letters_total',
      help: 'Workflows that went to the dead letter queue.',
      labels: [...phaseLabels, 'cause'],
    }),
  };
}
