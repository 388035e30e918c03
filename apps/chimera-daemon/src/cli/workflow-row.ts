import type { WorkflowSummary } from '@chimera/client';
import { age } from './age.ts';
import { oneLine } from './output.ts';

/** A rejection may have as many words as its agent likes. */
const longestWhy = 300;

/** A workflow in a list; its age is the time since it was submitted. */
export function workflowRow(workflow: WorkflowSummary, now: number): readonly string[] {
  const { createdAt, definition, id, phase, status, why } = workflow;
  return [
    id,
    definition,
    status,
    age(now - createdAt),
    phase,
    oneLine(why ?? '').slice(0, longestWhy),
  ];
}
