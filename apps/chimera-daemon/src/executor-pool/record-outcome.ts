import { exponential, RetryPolicy } from '@chimera/retry-policy';
import type { Clock, Random } from '@chimera/policy';
import type { WorkflowEvent } from '@chimera/workflow';
import type { Applied, Claim, WorkflowRecord, WorkflowStore } from '@chimera/workflow-store';
import { isDiskFailure } from '../disk-failure.ts';
import { isLockedByAnother } from '../locked-by-another.ts';
import type { Logger } from '../log.ts';
import { attemptFields } from '../telemetry/phase-scope.ts';
import type { Outcome } from './outcome.ts';
import { refusedOutcome } from './refused-outcome.ts';

export interface RecordingDeps {
  readonly store: WorkflowStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Parent and children that moved in the same transaction, of each step by itself. */
  readonly onOthers: (records: readonly WorkflowRecord[]) => Promise<void>;
}

/** What the store holds of an outcome. */
export interface StoredOutcome {
  readonly event: WorkflowEvent;
  /** As it left the workflow. */
  readonly record: WorkflowRecord;
}

const routine: ReadonlySet<WorkflowEvent['type']> = new Set([
  'phase-succeeded',
  'children-started',
]);

const backoff = exponential({ base: 500, cap: 5_000 });
/** Some seconds: what is refused for what is in it would be refused for ever. */
const retriesOfSuspect = 3;
/** Two minutes: when all is refused, it is not for what is in it. */
const retriesOfAll = 8;

/**
 * Writes an attempt's outcome under its fencing token; one of several steps is told anew after
 * each. A disk that fails, also while the outcome is told from what the store holds, is waited for
 * until the deadline of a stop; what is given up then runs again after the next start. What the
 * store refuses each time while it takes a failure instead has failed. A stale token means that the
 * outcome is not ours to record, and comes back as undefined.
 */
export async function recordOutcome(
  deps: RecordingDeps,
  claim: Claim,
  outcome: Outcome | ((current: WorkflowRecord) => Promise<Outcome>),
  deadline: AbortSignal,
): Promise<StoredOutcome | undefined> {
  const { log, onOthers, store } = deps;
  const { record, token } = claim;
  const context = () => ({ component: 'executor-pool', ...attemptFields(record, token) });
  for (let current = record; ;) {
    let told: Outcome | undefined;
    const write = async (instead?: Outcome) => {
      told = instead ?? (typeof outcome === 'function' ? await outcome(current) : outcome);
      const applied = await store.apply({ workflowId: record.id, token, ...told });
      return { event: told.event, applied };
    };
    const { applied, event } = await write().catch((error: unknown) => {
      log.error({ ...context(), err: error }, 'an outcome waits to be recorded');
      const writeFailure = async (why: unknown) => {
        const written = await write(refusedOutcome(claim, told, why, deps));
        if (written.applied !== undefined)
          log.error(
            { ...context(), err: why },
            'an outcome cannot be recorded; its attempt counts as failed instead',
          );
        return written;
      };
      return writeAgain(() => write(), writeFailure, deadline, deps);
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
    if (isLast) return { event, record: applied.record };
    current = applied.record;
  }
}

/** Children are added in several transactions, between which the event loop turns. */
function isStep({ type }: WorkflowEvent, { commands, record }: Applied): boolean {
  const isOver = record.state.status !== 'running' || commands.length > 0;
  return type === 'children-added' && !isOver;
}

/**
 * As it is, for some seconds; then once as a failure, unless another program is in the way; when
 * that is refused, too, as it is for longer.
 */
async function writeAgain<Result>(
  write: () => Promise<Result>,
  writeFailure: (why: unknown) => Promise<Result>,
  deadline: AbortSignal,
  { clock, random }: Pick<RecordingDeps, 'clock' | 'random'>,
): Promise<Result> {
  const patiently = (attempt: () => Promise<Result>, maxRetries: number): Promise<Result> => {
    const patience = new RetryPolicy({ maxRetries, stopIf: isDiskFailure }, { clock, random });
    if (deadline.aborted) return patience.execute(attempt);
    const untilWritable = new RetryPolicy(
      { maxRetries: Infinity, retryIf: isDiskFailure, backoff, budget: false },
      { clock, random },
    );
    return untilWritable.execute(() => patience.execute(attempt), { signal: deadline });
  };
  try {
    return await patiently(write, retriesOfSuspect);
  } catch (why) {
    // What is given up for a stop runs again after the next start.
    if (deadline.aborted) throw why;
    // The failure would wait for the lock as well, and may be the one to get it.
    if (isLockedByAnother(why)) return patiently(write, retriesOfAll);
    return patiently(() => writeFailure(why), 0).catch(() => patiently(write, retriesOfAll));
  }
}
