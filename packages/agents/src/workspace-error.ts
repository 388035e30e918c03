export type WorkspaceErrorCode =
  | 'GIT_NOT_FOUND'
  | 'REPOSITORY_NOT_FOUND'
  | 'NOT_A_REPOSITORY'
  | 'NO_COMMITS'
  | 'BASE_NOT_FOUND'
  | 'WORKSPACE_FOREIGN'
  | 'GIT_FAILED'
  | 'GIT_ABORTED';

/** A workspace could not be made, checked out or removed. */
export class WorkspaceError extends Error {
  override readonly name = 'WorkspaceError';
  readonly code: WorkspaceErrorCode;
  readonly repository: string;
  /** True for what may pass by itself, such as a lock that another git holds. */
  readonly retryable: boolean;

  constructor(code: WorkspaceErrorCode, repository: string, problem: string) {
    super(`repository ${repository}: ${problem}`);
    this.code = code;
    this.repository = repository;
    this.retryable = code === 'GIT_FAILED' || code === 'GIT_ABORTED';
  }
}
