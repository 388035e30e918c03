import { exponential, RetryPolicy } from '@chimera/retry-policy';
import type { Clock, Random } from '@chimera/policy';
import { phaseNamed, type WorkflowEvent } from '@chimera/workflow';
import type {
  Applied,
  ApplyRequest,
  Claim,
  WorkflowRecord,
  WorkflowStore,
} from '@chimera/workflow-store';
import { defined } from '../defined.ts';
import { isDiskFailure } from '../disk-failure.ts';
import { isLockedByAnother } from '../locked-by-another.ts';
import type { Logger } from '../log.ts';
import { attemptFields } from '../telemetry/phase-scope.ts';
import type { Outcome } from './outcome.ts';
import { refusedOutcome } from './refused-outcome.ts';
import { whyItEnded } from './why-it-ended.ts';

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
  for (let current = claim.record; ;) {
    let told: Outcome | undefined;
    let applied: Applied | undefined;
    try {
      told = typeof outcome === 'function' ? await outcome(current) : outcome;
      applied = await store.apply(requestFor(claim, told));
    } catch (error) {
      log.error({ ...fieldsOf(claim), err: error }, 'an outcome waits to be recorded');
      const tellAgain = async () =>
        typeof outcome === 'function' ? await outcome(current) : outcome;
      ({ applied, told } = await recordAgain(deps, claim, tellAgain, told, deadline));
    }
    const { event } = told;
    if (applied === undefined) {
      log.warn(
        { ...fieldsOf(claim), event: event.type },
        'the lease was lost; the outcome was not recorded',
      );
      return undefined;
    }
    const isLast = !isStep(event, applied);
    // What goes as it should is told once, when the workflow is over.
    const level = routine.has(event.type) ? 'debug' : 'info';
    const { status } = applied.record.state;
    if (isLast && log.isLevelEnabled(level))
      log[level](
        { ...fieldsOf(claim), ...agentOf(claim), event: event.type, status, ...whyItEnded(event) },
        'phase ended',
      );
    if (applied.others.length > 0) await onOthers(applied.others);
    if (isLast) return { event, record: applied.record };
    current = applied.record;
  }
}

function requestFor({ record, token }: Claim, told: Outcome): ApplyRequest {
  return { ...told, workflowId: record.id, token };
}

function fieldsOf({ record, token }: Claim): object {
  return { component: 'executor-pool', ...attemptFields(record, token) };
}

/** Checks and children have none. */
function agentOf({ definition, record }: Claim): { readonly agent?: string } {
  return defined({ agent: phaseNamed(definition, record.state.phase)?.agent });
}

interface Written {
  readonly told: Outcome;
  readonly applied: Applied | undefined;
}

/** @param told undefined when it could not even be told */
function recordAgain(
  deps: RecordingDeps,
  claim: Claim,
  tellAgain: () => Promise<Outcome>,
  told: Outcome | undefined,
  deadline: AbortSignal,
): Promise<Written> {
  const { log, store } = deps;
  let last = told;
  const write = async (instead?: Outcome): Promise<Written> => {
    last = instead ?? (await tellAgain());
    return { told: last, applied: await store.apply(requestFor(claim, last)) };
  };
  const writeFailure = async (why: unknown) => {
    const written = await write(refusedOutcome(claim, last, why, deps));
    if (written.applied !== undefined)
      log.error(
        { ...fieldsOf(claim), err: why },
        'an outcome cannot be recorded; its attempt counts as failed instead',
      );
    return written;
  };
  return writeAgain(() => write(), writeFailure, deadline, deps);
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
