import { type Clock, durationOption, systemClock } from '@chimera/policy';
import { selectEnvironment } from './environment.ts';
import { isTooOld, oldestGit } from './git-version.ts';
import { type ProcessEnd, runProcess } from './run-process.ts';
import { lackOf } from './start-failure.ts';
import { WorkspaceError } from './workspace-error.ts';

export interface GitOptions {
  /** Where PATH, HOME and the like are copied from: mostly `process.env`. `GIT_…` variables stay behind. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Value of `CHIMERA_RUN`, by which leftovers of a crashed run are found. */
  readonly marker?: string;
  /** Bound of one git command in ms. Default 600 000. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

/**
 * Hooks of the repository would run with the daemon's rights: an agent can write them. Nothing
 * may go on in the background, ask somebody, or refuse line ends that somebody could mend.
 */
const settings = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.safecrlf=false',
  'gc.auto=0',
  'maintenance.auto=false',
];

/** A list of all worktrees must not be cut. */
const longestOutput = 16 * 2 ** 20;

/** The `git` program, in an environment that no outer git has touched. */
export class Git {
  readonly #env: Readonly<Record<string, string>>;
  readonly #ceiling: string;
  readonly #marker: string | undefined;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  #isNewEnough = false;

  /** @param ceiling the directory of the worktrees: for one of them, no repository is looked for in it and above */
  constructor(options: GitOptions, ceiling: string) {
    const env = { LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0' };
    this.#env = selectEnvironment({ environment: options.environment, env });
    this.#ceiling = ceiling;
    this.#marker = options.marker;
    this.#timeoutMs = durationOption('agents', 'timeoutMs', options.timeoutMs ?? 600_000);
    this.#clock = options.clock ?? systemClock;
  }

  /** What it prints, without the line end. @throws WorkspaceError when it fails. */
  async run(
    repository: string,
    cwd: string,
    args: readonly string[],
    signal?: AbortSignal,
  ): Promise<string> {
    const end = await this.#end(repository, cwd, args, signal);
    if (end.exitCode === 0) return end.stdout.text.trim();
    const said = end.stderr.text.trim();
    if (/not a git repository/i.test(said)) {
      const problem = 'is not a git repository; run git init there, or name another directory';
      throw new WorkspaceError('NOT_A_REPOSITORY', repository, problem);
    }
    const problem = `git ${args.join(' ')} ended with ${end.exitCode}: ${said.slice(0, 1_000)}`;
    throw new WorkspaceError('GIT_FAILED', repository, problem);
  }

  /** What it prints, or undefined when it fails: for questions whose answer may be no. */
  async ask(
    repository: string,
    cwd: string,
    args: readonly string[],
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const end = await this.#end(repository, cwd, args, signal);
    return end.exitCode === 0 ? end.stdout.text.trim() : undefined;
  }

  /** To be called before it is asked for more; looks once. @throws WorkspaceError when it is too old. */
  async requireNewEnough(repository: string, signal?: AbortSignal): Promise<void> {
    if (this.#isNewEnough) return;
    const said = await this.run(repository, repository, ['--version'], signal);
    if (isTooOld(said)) {
      const problem = `"${said}" is too old for its worktrees; install git ${oldestGit} or a newer one`;
      throw new WorkspaceError('GIT_TOO_OLD', repository, problem);
    }
    this.#isNewEnough = true;
  }

  async #end(
    repository: string,
    cwd: string,
    args: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<ProcessEnd & { readonly exitCode: number }> {
    const end = await runProcess({
      command: ['git', ...settings.flatMap((setting) => ['-c', setting]), ...args],
      cwd,
      // The user's repository may be a folder of the one around it, and the worktrees lie in that too.
      env:
        cwd === repository ? this.#env : { ...this.#env, GIT_CEILING_DIRECTORIES: this.#ceiling },
      marker: this.#marker,
      timeoutMs: this.#timeoutMs,
      keepBytes: longestOutput,
      limitBytes: longestOutput,
      clock: this.#clock,
      ...(signal === undefined ? {} : { signal }),
    });
    if (end.started) {
      const what = `git ${args.join(' ')}`;
      if (end.stopped === undefined) {
        if (end.exitCode !== undefined) return { ...end, exitCode: end.exitCode };
        // No answer either: what it was to find would be taken for lost.
        const problem = `${what} was killed by ${end.signal ?? 'a signal'}`;
        throw new WorkspaceError('GIT_KILLED', repository, problem);
      }
      if (end.stopped === 'aborted') {
        throw new WorkspaceError('GIT_ABORTED', repository, `${what} was aborted`);
      }
      // Not an answer: to take it for a no would say that a repository has no commits.
      const bound =
        end.stopped === 'timeout'
          ? `took longer than ${this.#timeoutMs} ms`
          : `printed more than ${longestOutput} bytes`;
      throw new WorkspaceError('GIT_FAILED', repository, `${what} ${bound}`);
    }
    switch (end.code) {
      case 'PROGRAM_NOT_FOUND':
      case 'PROGRAM_NOT_EXECUTABLE':
        throw new WorkspaceError('GIT_NOT_FOUND', repository, end.message);
      case 'DIRECTORY_NOT_FOUND': {
        if (cwd !== repository) {
          const problem = `${cwd} does not exist any more, and nothing was committed`;
          throw new WorkspaceError('WORKSPACE_ASTRAY', repository, problem);
        }
        const problem = `${cwd} ${lackOf(cwd) ?? 'was no directory'}; name a directory that is a git repository`;
        throw new WorkspaceError('REPOSITORY_NOT_FOUND', repository, problem);
      }
      case 'ABORTED':
        throw new WorkspaceError('GIT_ABORTED', repository, end.message);
      case 'REFUSED':
        throw new WorkspaceError('GIT_FAILED', repository, end.message);
    }
  }
}
