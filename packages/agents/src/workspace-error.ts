export type WorkspaceErrorCode =
  | 'GIT_NOT_FOUND'
  | 'GIT_TOO_OLD'
  | 'REPOSITORY_NOT_FOUND'
  | 'NOT_A_REPOSITORY'
  | 'NO_COMMITS'
  | 'BASE_NOT_FOUND'
  | 'BRANCH_IN_THE_WAY'
  | 'WORKSPACE_ASTRAY'
  | 'WORKSPACE_FOREIGN'
  | 'GIT_FAILED'
  | 'GIT_KILLED'
  | 'GIT_ABORTED';

const passing: ReadonlySet<WorkspaceErrorCode> = new Set([
  'GIT_ABORTED',
  'GIT_FAILED',
  'GIT_KILLED',
  'WORKSPACE_ASTRAY',
]);

/** A workspace could not be made, checked out or removed. */
export class WorkspaceError extends Error {
  override readonly name = 'WorkspaceError';
  readonly code: WorkspaceErrorCode;
  readonly repository: string;
  /** True for what may pass by itself, such as a lock that another git holds, or with another attempt. */
  readonly retryable: boolean;

  constructor(code: WorkspaceErrorCode, repository: string, problem: string) {
    super(`repository ${repository}: ${problem}`);
    this.code = code;
    this.repository = repository;
    this.retryable = passing.has(code);
  }
}
