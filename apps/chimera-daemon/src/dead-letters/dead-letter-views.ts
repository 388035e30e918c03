import type { DeadLetterGroupView, DeadLetterView } from '@chimera/client';
import type { DeadLetter, DeadLetterGroup } from '@chimera/dead-letter-queue';
import type { JsonObject } from '@chimera/workflow';
import type { PhaseRun } from '@chimera/workflow-store';
import { defined } from '../defined.ts';
import { type AttemptErrors, phaseRunView } from '../http/views.ts';
import { shownInput } from './shown-input.ts';

export function deadLetterView(entry: DeadLetter): DeadLetterView {
  return {
    id: entry.id,
    workflowId: entry.taskId,
    status: entry.status,
    phase: entry.phase ?? '',
    agent: entry.agent ?? null,
    fingerprint: entry.fingerprint,
    error: entry.error,
    retryCount: entry.retryCount,
    failedAt: entry.failedAt,
    resolution: entry.resolution ?? null,
    requeuedAt: entry.requeuedAt ?? null,
    requeuedWith: entry.requeuedWith ?? null,
    previousId: entry.previousId ?? null,
    death: entry.death,
    replays: entry.replays,
    investigatedAt: entry.investigatedAt ?? null,
    note: entry.note ?? null,
    closedBy: entry.requeuedBy ?? entry.resolvedBy ?? null,
  };
}

export function deadLetterGroupView(
  { tasks: workflows, ...group }: DeadLetterGroup,
  { agent, error, id, phase }: DeadLetter,
): DeadLetterGroupView {
  const example = {
    id,
    phase: phase ?? '',
    agent: agent ?? null,
    error: `${error.code}: ${error.message}`,
  };
  return { ...group, workflows, example };
}

/** One dead letter, with the state and the input in which its workflow died, and the attempts that led there. */
export function deadLetterDetail(
  entry: DeadLetter,
  {
    errors,
    input,
    runs,
  }: {
    readonly runs: readonly PhaseRun[];
    readonly errors: AttemptErrors;
    readonly input: JsonObject | undefined;
  },
): DeadLetterView {
  return {
    ...deadLetterView(entry),
    ...defined({ input: input && shownInput(input) }),
    workflowState: entry.workflowState,
    attempts: runs.map((run) => phaseRunView(run, errors)),
  };
}
