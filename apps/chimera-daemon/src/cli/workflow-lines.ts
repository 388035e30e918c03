import type { PhaseRunView, WorkflowDetail } from '@chimera/client';
import type { Json } from '@chimera/workflow';
import { columns, instant, oneLine } from './output.ts';
import { textOf } from './text-of.ts';
import { workflowRow } from './workflow-row.ts';

/** One workflow with what its phases did, short; `--json` has all of it. */
export function workflowLines(workflow: WorkflowDetail, now: number): readonly string[] {
  const { artifacts, children, feedback, input, phaseRuns } = workflow;
  return [
    ...columns(facts(workflow)),
    ...(isEmpty(input) ? [] : ['input', ...textOf(input, '  ')]),
    ...(phaseRuns.length === 0 ? [] : ['attempts', ...attemptLines(phaseRuns)]),
    ...(artifacts.length === 0 ? [] : ['outputs; all of them: --json']),
    ...artifacts.flatMap(({ output, phase, visit }) =>
      isEmpty(output)
        ? [`  ${phase}  visit ${visit}  -`]
        : [`  ${phase}  visit ${visit}`, ...textOf(output, '    ')],
    ),
    ...(children.length === 0
      ? []
      : [
          `children, newest first; all: chimera list --parent ${workflow.id}`,
          ...columns(
            children.map((child) => [`  ${child.id}`, ...workflowRow(child, now).slice(1)]),
          ),
        ]),
    ...feedback.map(({ fromPhase, reason }) => `sent back by ${fromPhase}: ${oneLine(reason)}`),
    ...(workflow.status === 'dead' ? [`next: chimera dlq list --workflow ${workflow.id}`] : []),
  ];
}

function facts(workflow: WorkflowDetail): readonly (readonly string[])[] {
  const { branch, deadline, estimateMs, input, parent, why } = workflow;
  const repository = typeof input.repository === 'string' ? input.repository : '';
  const labels = Object.entries(workflow.labels).map(([name, value]) =>
    oneLine(`${name}=${value}`),
  );
  return [
    ['id', workflow.id],
    ['definition', workflow.definition],
    ['status', workflow.status],
    ['phase', workflow.phase],
    ['priority', String(workflow.priority)],
    ['estimate', estimateMs === null ? '-' : `${estimateMs} ms`],
    ['submitted', instant(workflow.createdAt)],
    ...(deadline === null ? [] : [['deadline', instant(deadline)]]),
    ['ended', instant(workflow.finishedAt)],
    ...(why === null ? [] : [['why', oneLine(why)]]),
    ...(labels.length === 0 ? [] : [['labels', labels.join(', ')]]),
    ...(isEmpty(input) ? [['input', '-']] : []),
    ...(branch === null ? [] : [['branch', `${branch} of ${oneLine(repository)}`]]),
    ['retries', String(workflow.retries)],
    ...(parent === null ? [] : [['parent', `${parent.id}, child ${parent.index}`]]),
  ];
}

/** What went wrong stands below the attempt that it ended. */
export function attemptLines(runs: readonly PhaseRunView[]): readonly string[] {
  const rows = columns(
    runs.map((run) => [
      `  ${run.phase}`,
      `visit ${run.visit}`,
      `attempt ${run.attempt}`,
      run.agent,
      run.outcome ?? 'running',
      run.endedAt === null ? '' : `${run.endedAt - run.startedAt} ms`,
    ]),
  );
  return runs.flatMap(({ error }, index) => {
    const row = (rows[index] ?? '').trimEnd();
    return error === null ? [row] : [row, `    ${oneLine(error).slice(0, 300)}`];
  });
}

export function isEmpty(value: Json): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === '' || value === null;
}
