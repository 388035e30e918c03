import { integerOption } from '@chimera/policy';
import { checkList, checkOptionalTexts, checkTexts } from './checked-input.ts';
import type { NewDeadLetter } from './dead-letter.ts';
import { recordOf } from './error-record.ts';
import { fingerprintOf } from './fingerprint.ts';
import { instantOption } from './instant.ts';
import { jsonColumn } from './json-column.ts';

const owner = 'dead-letter-queue';

/** The columns that a death itself gives. Throws RangeError for a field that cannot be kept as it is. */
export function newRow(entry: NewDeadLetter, id: string, now: number) {
  const { taskId, phase, agent, replays, attempts = [] } = entry;
  checkTexts({ taskId });
  checkOptionalTexts({ phase, agent, fingerprint: entry.fingerprint });
  checkList('attempts', attempts);
  if (replays !== undefined) integerOption(owner, 'replays', replays, 0);
  const error = recordOf(entry.error);
  return {
    id,
    task_id: taskId,
    status: 'open' as const,
    fingerprint: entry.fingerprint ?? fingerprintOf(error, phase, agent),
    phase: phase ?? null,
    agent: agent ?? null,
    workflow_state: jsonColumn('workflowState', entry.workflowState),
    error: jsonColumn('error', error),
    attempts: jsonColumn('attempts', attempts),
    retry_count: integerOption(owner, 'retryCount', entry.retryCount ?? 0, 0),
    failed_at: instantOption('failedAt', entry.failedAt ?? now),
  };
}
