import type { Applied, StoreWatch, WorkflowRecord } from '@chimera/workflow-store';

/** Tells of each workflow that has ended, whatever ended it: its own phase, its parent, an operator, a crash. */
export function endedWorkflows(tell: (record: WorkflowRecord) => void): StoreWatch {
  const tellEnded = (records: readonly WorkflowRecord[]): void => {
    for (const record of records) if (record.finishedAt !== undefined) tell(record);
  };
  const look = ({ commands, others, record }: Applied): void => {
    // Most events end nothing.
    if (record.finishedAt === undefined && others.length === 0) return;
    if (commands[0]?.type === 'ignore') return;
    if (record.finishedAt !== undefined) tell(record);
    tellEnded(others);
  };
  return {
    applied: (_request, applied) => {
      if (applied !== undefined) look(applied);
    },
    recovered: (recovered) => recovered.forEach(look),
    stopped: tellEnded,
  };
}
