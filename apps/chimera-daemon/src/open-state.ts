import { dirname } from 'node:path';
import { DeadLetterQueue, type NewDeadLetter } from '@chimera/dead-letter-queue';
import { staticKey } from '@chimera/intelligent-scheduler';
import type { Clock } from '@chimera/policy';
import { type DeathCause, type FailureRecord, phaseNamed } from '@chimera/workflow';
import {
  type ChimeraDatabase,
  type DeadWorkflow,
  type LimitRule,
  openWorkflowStore,
  type StoreCommit,
  StoreError,
  type StoreWatch,
  type WorkflowStore,
  type WorkflowStoreDeps,
} from '@chimera/workflow-store';
import type { Config } from './config/schema.ts';
import { defined } from './defined.ts';
import type { Logger } from './log.ts';
import { makeDirectory } from './make-directory.ts';

export interface DurableState {
  readonly store: WorkflowStore;
  readonly deadLetters: DeadLetterQueue<ChimeraDatabase>;
}

/** Workflows and dead letters in one file, so that a death and its dead letter are one transaction. */
export async function openState(
  path: string,
  durability: Config['database']['durability'],
  {
    batchWriter,
    clock,
    limits = [],
    log,
    maxReplays,
    onCommit,
    watch = {},
    writerThread = false,
  }: Pick<WorkflowStoreDeps, 'batchWriter'> & {
    readonly clock: Clock;
    readonly limits?: readonly LimitRule[];
    readonly log: Logger;
    /** So often may one workflow be requeued; default as the queue's. */
    readonly maxReplays?: number;
    readonly onCommit?: (commit: StoreCommit) => void;
    readonly watch?: StoreWatch;
    /** Default: false. */
    readonly writerThread?: boolean;
  },
): Promise<DurableState> {
  makeDirectoryOf(path);
  const damaged = new Set<string>();
  const late: { deadLetters?: DeadLetterQueue<ChimeraDatabase> } = {};
  const store = await openWorkflowStore(
    {
      path,
      durability,
      limits,
      watch,
      writerThread,
      ...(onCommit === undefined ? {} : { onCommit }),
      claimKeys: ({ queuedAt, ...task }) => staticKey({ ...task, enqueuedAt: queuedAt }),
      onCorruptRow: (error) => {
        const { message, workflowId } = error;
        // Whoever lists comes by it each time.
        if (damaged.has(message)) return;
        damaged.add(message);
        log.error({ err: error, component: 'workflow-store', task_id: workflowId }, message);
      },
      onDead: async (dead, transaction) => {
        await late.deadLetters?.add(deadLetterOf(dead), transaction);
      },
    },
    { clock, ...(batchWriter === undefined ? {} : { batchWriter }) },
  );
  const deadLetters = new DeadLetterQueue(store.db, defined({ maxReplays }), { clock });
  try {
    await deadLetters.migrate();
  } catch (error) {
    await store.close();
    throw error;
  }
  late.deadLetters = deadLetters;
  return { store, deadLetters };
}

function deadLetterOf({ cause, definition, record }: DeadWorkflow): NewDeadLetter {
  const { id, parent, state } = record;
  return {
    taskId: id,
    // With the parent, so that who looks at a child's dead letter knows what waits for it.
    workflowState: parent === undefined ? state : { ...state, parent },
    error: failureOf(cause, state.phase),
    retryCount: state.retries,
    phase: state.phase,
    agent: phaseNamed(definition, state.phase)?.agent,
    // The dead letters that counted them may be purged.
    replays: state.requeues,
  };
}

/** Every death as an error with a code, so that dead letters can be grouped by it. */
function failureOf(cause: DeathCause, phase: string): FailureRecord {
  switch (cause.kind) {
    case 'failed':
      return cause.error;
    case 'rejected':
      return verdict('PHASE_REJECTED', cause.reason, cause.output);
    case 'rework-exhausted':
      return verdict('REWORK_EXHAUSTED', cause.reason, cause.output);
    case 'timed-out':
      return {
        code: 'WORKFLOW_TIMEOUT',
        message: `the workflow did not end within ${cause.timeoutMs} ms of its first start; it was in phase ${phase}`,
        retryable: false,
        ...(cause.lastError === undefined ? {} : { cause: cause.lastError }),
      };
    case 'recoveries-exhausted':
      return {
        code: 'RECOVERIES_EXHAUSTED',
        message: `phase ${phase} was lost to a crash ${cause.recoveries} times`,
        retryable: false,
      };
  }
}

function makeDirectoryOf(path: string): void {
  try {
    makeDirectory(dirname(path));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError(
      'STORE_UNUSABLE',
      path,
      `${path} cannot be used as a database: its directory cannot be made (${reason}); name another place, or let this user write there`,
      { cause: error },
    );
  }
}

function verdict(code: string, message: string, details: FailureRecord['details']): FailureRecord {
  return { code, message, retryable: false, ...(details === undefined ? {} : { details }) };
}
