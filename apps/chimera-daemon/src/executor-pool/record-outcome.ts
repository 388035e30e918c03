import { exponential, RetryPolicy } from '@chimera/retry-policy';
import type { Clock } from '@chimera/policy';
import type { WorkflowEvent } from '@chimera/workflow';
import type {
  Applied,
  AttemptEvidence,
  Claim,
  NewWorkflow,
  WorkflowRecord,
  WorkflowStore,
} from '@chimera/workflow-store';
import { isDiskFailure } from '../disk-failure.ts';
import type { Logger } from '../log.ts';
import { attemptFields } from '../telemetry/phase-scope.ts';

export interface RecordingDeps {
  readonly store: WorkflowStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Parent and children that moved in the same transaction, of each step by itself. */
  readonly onOthers: (records: readonly WorkflowRecord[]) => Promise<void>;
}

export interface Outcome {
  readonly event: WorkflowEvent;
  readonly run?: AttemptEvidence;
  /** To be submitted with `children-started` or `children-added`. */
  readonly children?: readonly NewWorkflow[];
}

const routine: ReadonlySet<WorkflowEvent['type']> = new Set([
  'phase-succeeded',
  'children-started',
]);

const backoff = exponential({ base: 500, cap: 5_000 });

/**
 * Writes an attempt's outcome under its fencing token; one of several steps is told anew after
 * each. A disk that fails, also while the outcome is told from what the store holds, is waited for
 * until the deadline of a stop; what is given up then runs again after the next start. A stale
 * token means that the outcome is not ours to record, and comes back as undefined.
 */
export async function recordOutcome(
  { clock, log, onOthers, store }: RecordingDeps,
  { record, token }: Claim,
  outcome: Outcome | ((current: WorkflowRecord) => Promise<Outcome>),
  deadline: AbortSignal,
): Promise<WorkflowRecord | undefined> {
  const context = () => ({ component: 'executor-pool', ...attemptFields(record, token) });
  for (let current = record; ;) {
    const write = async () => {
      const told = typeof outcome === 'function' ? await outcome(current) : outcome;
      const applied = await store.apply({ workflowId: record.id, token, ...told });
      return { event: told.event, applied };
    };
    const { applied, event } = await write().catch((error: unknown) => {
      log.error({ ...context(), err: error }, 'an outcome waits to be recorded');
      return writeAgain(write, deadline, clock);
    });
    if (applied === undefined) {
      log.warn(
        { ...context(), event: event.type },
        'the lease was lost; the outcome was not recorded',
      );
      return undefined;
    }
    const isLast = !isStep(event, applied);
    // What goes as it should is told once, when the workflow is over.
    const level = routine.has(event.type) ? 'debug' : 'info';
    const { status } = applied.record.state;
    if (isLast && log.isLevelEnabled(level))
      log[level]({ ...context(), event: event.type, status }, 'phase ended');
    if (applied.others.length > 0) await onOthers(applied.others);
    if (isLast) return applied.record;
    current = applied.record;
  }
}

/** Children are added in several transactions, between which the event loop turns. */
function isStep({ type }: WorkflowEvent, { commands, record }: Applied): boolean {
  const isOver = record.state.status !== 'running' || commands.length > 0;
  return type === 'children-added' && !isOver;
}

function writeAgain<Result>(
  write: () => Promise<Result>,
  deadline: AbortSignal,
  clock: Clock,
): Promise<Result> {
  const patience = new RetryPolicy({ maxRetries: 8, stopIf: isDiskFailure }, { clock });
  if (deadline.aborted) return patience.execute(write);
  const untilWritable = new RetryPolicy(
    { maxRetries: Infinity, retryIf: isDiskFailure, backoff, budget: false },
    { clock },
  );
  return untilWritable.execute(() => patience.execute(write), { signal: deadline });
}
