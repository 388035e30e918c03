import type { Clock } from '@chimera/policy';
import type { StoreWatch, WorkflowRecord } from '@chimera/workflow-store';
import { destinationOf, type Logger } from '../log.ts';
import { perValue } from '../per-value.ts';
import { endedWorkflows } from '../telemetry/ended-workflows.ts';
import { workflowFields } from '../telemetry/phase-scope.ts';
import { traceIdOf, workflowSpanId } from '../telemetry/trace-identity.ts';
import { jsonText } from './json-text.ts';

const component = 'workflow';

/**
 * One line for each workflow that is over: at `info`, of a dead one at `warn`. Its attempts have
 * lines of their own where they failed, were rejected or parked.
 *
 * By far the most say that a workflow completed. Such a line is put together here, of parts that
 * are numbers, ids, or names that were escaped when they were seen first: it costs a quarter of
 * what pino needs, and says the same.
 */
export function workflowLog(log: Logger, clock: Pick<Clock, 'now'>): StoreWatch {
  const lines = destinationOf(log);
  const headOf = headAt();
  const middleOf = perValue((definition: string) =>
    perValue((phase: string) => middle(definition, phase)),
  );
  return endedWorkflows((record) => {
    const { definition, id, state } = record;
    if (state.status !== 'completed' || lines === undefined) return tell(log, record);
    if (!log.isLevelEnabled('info')) return;
    lines.write(
      `${headOf(clock.now())}${traceIdOf(record)}","span_id":"${workflowSpanId(record)}","task_id":"${id}${middleOf(definition)(state.phase)}${durationOf(record)},"retries":${state.retries}},"msg":"workflow completed"}\n`,
    );
  });
}

/** What stands between a workflow's id and its numbers. */
function middle(definition: string, phase: string): string {
  return `","workflow_phase":${jsonText(phase)},"component":"${component}","context":{"definition":${jsonText(definition)},"status":"completed","durationMs":`;
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

/** What stands before a trace's id: the same for all lines of a millisecond. */
function headAt(): (now: number) => string {
  let at = Number.NaN;
  let head = '';
  return (now) => {
    if (now !== at) {
      at = now;
      head = `{"level":"info","time":"${new Date(now).toISOString()}","service":"chimera","trace_id":"`;
    }
    return head;
  };
}
