import type { ExemplarSource, MetricsRegistry } from '@chimera/telemetry';
import type { DeathCause, WorkflowEvent, WorkflowStatus } from '@chimera/workflow';
import type { Claim, WorkflowRecord } from '@chimera/workflow-store';
import { longBuckets } from './long-buckets.ts';
import type { StoreNews } from './observed-store.ts';
import { outcomeOf } from './outcome-of.ts';
import { phaseBefore } from './phase-before.ts';

type Applied = Extract<StoreNews, { readonly type: 'applied' }>;

/** By the wrappers' words for a call's end. */
const callStatus: Readonly<Partial<Record<WorkflowStatus, string>>> = {
  completed: 'success',
  dead: 'error',
  cancelled: 'aborted',
};

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

/** Counts what becomes of workflows, from the store's news. */
export function workflowMetrics(
  registry: MetricsRegistry,
  exemplarOf: (record: WorkflowRecord) => ExemplarSource | undefined,
): (news: StoreNews) => void {
  const phaseLabels = ['definition', 'phase'] as const;
  const calls = registry.counter({
    name: 'chimera_workflow_execution_calls_total',
    help: 'Workflows that ended: success is completed, error is dead, aborted is cancelled.',
    labels: ['definition', 'status'],
  });
  const durations = registry.histogram({
    name: 'chimera_workflow_execution_duration_seconds',
    help: 'From submit to end, waits included.',
    unit: 'seconds',
    labels: ['definition', 'status'],
    buckets: longBuckets,
  });
  const phases = registry.histogram({
    name: 'chimera_phase_duration_seconds',
    help: 'Attempts of phases, from claim to recorded outcome.',
    unit: 'seconds',
    labels: [...phaseLabels, 'outcome'],
    buckets: longBuckets,
  });
  const retries = registry.counter({
    name: 'chimera_retry_attempts_total',
    help: 'Attempts that failed and are tried again.',
    labels: phaseLabels,
  });
  const exhausted = registry.counter({
    name: 'chimera_retry_exhausted_total',
    help: 'Workflows that died of a retryable failure, without a retry left.',
    labels: phaseLabels,
  });
  const kinds = registry.counter({
    name: 'chimera_retry_calls_total',
    help: 'Workflows that completed or died, by whether they had retried.',
    labels: ['kind'],
  });
  const deaths = registry.counter({
    name: 'chimera_dead_letters_total',
    help: 'Workflows that went to the dead letter queue.',
    labels: [...phaseLabels, 'cause'],
  });
  const queue = registry.counter({
    name: 'chimera_queue_operations_total',
    help: 'What was done to workflows in the queue.',
    labels: ['operation'],
  });
  const waits = registry.histogram({
    name: 'chimera_slot_wait_seconds',
    help: 'From the moment at which a workflow could be claimed to its claim.',
    unit: 'seconds',
    buckets: longBuckets,
  });
  const slotWait = waits.bind();
  const claims = queue.bind({ operation: 'claim' });

  const claimed = ({ record }: Claim): void => {
    claims.add();
    // The wall clock may have gone back meanwhile.
    slotWait.observe(Math.max(0, record.updatedAt - record.runAt) / 1_000, exemplarOf(record));
  };

  const applied = ({ applied: done, request }: Applied): void => {
    const { event, run } = request;
    if (done === undefined) return queue.bind({ operation: 'stale' }).add();
    if (done.commands[0]?.type === 'ignore') return;
    const { commands, record } = done;
    const { definition, state } = record;
    const phase = phaseBefore(event, record);
    queue.bind({ operation: operations[event.type] }).add();
    if (run !== undefined) {
      const outcome = outcomeOf(event, record);
      const seconds = Math.max(0, event.at - run.startedAt) / 1_000;
      phases.bind({ definition, phase, outcome }).observe(seconds, exemplarOf(record));
    }
    if (state.status === 'waiting' && state.reason.kind === 'retry') {
      retries.bind({ definition, phase }).add();
    }
    for (const command of commands) {
      if (command.type !== 'dead-letter') continue;
      deaths.bind({ definition, phase, cause: command.cause.kind }).add();
      if (isExhausted(command.cause)) exhausted.bind({ definition, phase }).add();
    }
    ended(record);
  };

  const ended = (record: WorkflowRecord): void => {
    const { createdAt, definition, finishedAt, state } = record;
    const status = callStatus[state.status];
    if (status === undefined || finishedAt === undefined) return;
    const seconds = Math.max(0, finishedAt - createdAt) / 1_000;
    const exemplar = exemplarOf(record);
    calls.bind({ definition, status }).add(1, exemplar);
    durations.bind({ definition, status }).observe(seconds, exemplar);
    if (status === 'aborted') return;
    const end = status === 'success' ? 'successful' : 'failed';
    kinds.bind({ kind: `${end}_${state.retries > 0 ? 'with' : 'without'}_retry` }).add();
  };

  return (news) => {
    switch (news.type) {
      case 'submitted':
        for (const { created } of news.submitted) {
          queue.bind({ operation: created ? 'submit' : 'duplicate' }).add();
        }
        return;
      case 'claimed':
        return news.claims.forEach(claimed);
      case 'applied':
        return applied(news);
      case 'moved':
        for (const record of news.records) {
          if (isStarted(news.by, record)) queue.bind({ operation: 'submit' }).add();
          ended(record);
        }
        return;
      case 'refused':
        return;
      case 'recovered':
        for (const record of news.records) {
          queue.bind({ operation: 'recover' }).add();
          ended(record);
        }
    }
  };
}

function isStarted({ type }: WorkflowEvent, { state }: WorkflowRecord): boolean {
  const starts = type === 'children-started' || type === 'children-added';
  return starts && state.status === 'queued' && state.reason === 'new';
}

function isExhausted(cause: DeathCause): boolean {
  return cause.kind === 'failed' && cause.error.retryable;
}
