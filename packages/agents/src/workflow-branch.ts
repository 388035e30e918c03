import { refuseOption } from '@chimera/policy';

export const branchPrefix = 'chimera/';

/** The branch on which a workflow's work is committed. */
export function branchOf(workflowId: string): string {
  return `${branchPrefix}${workflowId}`;
}

/** Where the commit is kept at which that branch began. */
export function baseRefOf(workflowId: string): string {
  return `refs/chimera/base/${workflowId}`;
}

/**
 * A subset of what git-check-ref-format(1) allows that is also a plain file name everywhere.
 *
 * @throws RangeError
 */
export function requireBranchName(workflowId: string): void {
  const isName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/.test(workflowId);
  if (!isName || workflowId.includes('..') || /\.(lock)?$/.test(workflowId)) {
    const rule = 'a name of letters, digits, ".", "_" and "-" that can be a git branch';
    refuseOption('agents', 'workflowId', rule, workflowId);
  }
}
