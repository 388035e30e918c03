import type { WorkflowEvent } from '@chimera/workflow';
import { corruptRow } from './stored-workflow.ts';
import { parseStored, type StoredShapes } from './stored-json.ts';
import type { PhaseRun } from './workflow-record.ts';

export interface RunEventRow {
  readonly at: number;
  readonly type: string;
  readonly data: string;
  readonly evidence: string | null;
}

/**
 * The phase runs of a workflow, from its events in their order: a claim begins one, and the next
 * event with its token ends it.
 *
 * @throws StoreError ROW_CORRUPT
 */
export function phaseRunsOf(
  path: string,
  workflowId: string,
  events: readonly RunEventRow[],
): readonly PhaseRun[] {
  const parse = <Name extends keyof StoredShapes>(name: Name, text: string): StoredShapes[Name] => {
    const parsed = parseStored(name, text);
    if ('problem' in parsed) throw corruptRow(path, workflowId, parsed.problem);
    return parsed.value;
  };
  const runs = new Map<unknown, PhaseRun>();
  for (const { at, data, evidence, type } of events) {
    if (type === 'claimed') {
      const { agent, attempt, holder, phase, token, visit } = parse('claim', data);
      runs.set(token, {
        workflowId,
        token,
        phase,
        visit,
        attempt,
        ...(agent === undefined ? {} : { agent }),
        holder,
        startedAt: at,
      });
    } else {
      const run = runs.get(parse('event data', data).token);
      if (run === undefined) continue;
      runs.set(run.token, {
        ...run,
        ...(evidence === null ? {} : parse('evidence', evidence)),
        endedAt: at,
        outcome: type as WorkflowEvent['type'],
      });
    }
  }
  return [...runs.values()];
}
