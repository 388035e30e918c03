import type { PhaseRunView, WorkflowDetail, WorkflowSummary } from '@chimera/client';
import { columns, instant, oneLine } from './output.ts';
import { shortTextOf } from './text-of.ts';

/** A workflow in a list. */
export function workflowRow(workflow: WorkflowSummary): readonly string[] {
  const { id, definition, status, phase, why } = workflow;
  return [id, definition, status, phase, oneLine(why ?? '')];
}

/** One workflow with what its phases did, short; `--json` has all of it. */
export function workflowLines(workflow: WorkflowDetail): readonly string[] {
  const { artifacts, children, feedback, phaseRuns } = workflow;
  return [
    ...columns(facts(workflow)),
    ...(phaseRuns.length === 0 ? [] : ['attempts', ...attemptLines(phaseRuns)]),
    ...(artifacts.length === 0 ? [] : ['outputs; all of them: --json']),
    ...columns(
      artifacts.map(({ output, phase, visit }) => [
        `  ${phase}`,
        `visit ${visit}`,
        shortTextOf(output) || '-',
      ]),
    ),
    ...(children.length === 0
      ? []
      : [
          `children, newest first; all: chimera list --parent ${workflow.id}`,
          ...columns(children.map((child) => [`  ${child.id}`, ...workflowRow(child).slice(1)])),
        ]),
    ...feedback.map(({ fromPhase, reason }) => `sent back by ${fromPhase}: ${oneLine(reason)}`),
    ...(workflow.status === 'dead' ? [`next: chimera dlq list --workflow ${workflow.id}`] : []),
  ];
}

function facts(workflow: WorkflowDetail): readonly (readonly string[])[] {
  const { branch, deadline, estimateMs, parent, why } = workflow;
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
    ['input', shortTextOf(workflow.input) || '-'],
    ...(branch === null
      ? []
      : [['branch', `${branch} of ${shortTextOf(workflow.input.repository ?? null)}`]]),
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
    return error === null ? [row] : [row, `    ${shortTextOf(error, 300)}`];
  });
}
