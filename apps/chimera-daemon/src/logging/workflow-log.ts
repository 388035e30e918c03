import type { Clock } from '@chimera/policy';
import type { StoreWatch, WorkflowRecord } from '@chimera/workflow-store';
import { linesOf, type Logger } from '../log.ts';
import { endedWorkflows } from '../telemetry/ended-workflows.ts';
import { workflowFields } from '../telemetry/phase-scope.ts';
import { workflowSpanId } from '../telemetry/trace-identity.ts';
import { CompletedLines } from './completed-lines.ts';

const component = 'workflow';

/**
 * One line for each workflow that is over: at `info`, of a dead one at `warn`. Its attempts have
 * lines of their own where they failed, were rejected or parked.
 */
export function workflowLog(log: Logger, clock: Pick<Clock, 'now'>): StoreWatch {
  const lines = linesOf(log);
  const completed = lines && new CompletedLines(lines, clock);
  let isTold = log.isLevelEnabled('info');
  log.on('level-change', () => {
    isTold = log.isLevelEnabled('info');
  });
  return endedWorkflows((record) => {
    if (record.state.status === 'completed' && completed !== undefined) {
      if (!isTold || completed.write(record, durationOf(record))) return;
    }
    tell(log, record);
  });
}

function tell(log: Logger, record: WorkflowRecord): void {
  const { definition, state } = record;
  const fields = {
    ...workflowFields(record),
    span_id: workflowSpanId(record),
    workflow_phase: state.phase,
    component,
    definition,
    status: state.status,
    durationMs: durationOf(record),
    retries: state.retries,
  };
  if (state.status !== 'dead') return log.info(fields, `workflow ${state.status}`);
  const { cause } = state;
  const why = cause.kind === 'failed' ? `${cause.error.code}: ${cause.error.message}` : cause.kind;
  log.warn({ ...fields, cause: cause.kind }, `workflow died in phase ${state.phase}: ${why}`);
}

function durationOf({ createdAt, finishedAt = createdAt }: WorkflowRecord): number {
  return Math.max(0, finishedAt - createdAt);
}
