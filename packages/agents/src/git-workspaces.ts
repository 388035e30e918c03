import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Workspace } from './agent.ts';
import { discardChanges } from './discard-changes.ts';
import { forgetWorktree, leaveFormerWorktree, recordWorktree } from './former-worktree.ts';
import { Git, type GitOptions } from './git.ts';
import { isOnBranch, moveBranchToHead } from './own-head.ts';
import { removeLocks, worktreeLocks } from './remove-locks.ts';
import { refuseRepositoriesInside } from './repositories-inside.ts';
import { SerialQueue } from './serial-queue.ts';
import { refuseSubmoduleChanges } from './submodule-changes.ts';
import { baseRefOf, branchOf, branchPrefix, requireBranchName } from './workflow-branch.ts';
import { WorkspaceError } from './workspace-error.ts';

export interface GitWorkspacesOptions extends GitOptions {
  /** Where the worktrees live, each in a folder named after its workflow. Made when missing. */
  readonly directory: string;
}

export interface PrepareOptions {
  /** A directory in a git repository that has at least one commit. */
  readonly repository: string;
  /** Names the folder and the branch, `chimera/<workflowId>`: letters, digits, `.`, `_`, `-`. */
  readonly workflowId: string;
  /** Where the branch starts: a branch, tag or commit. Default: what the repository has checked out. */
  readonly base?: string;
  readonly signal?: AbortSignal;
}

/** A directory that holds exactly one commit; disposing removes it. */
export interface CleanCheckout extends AsyncDisposable {
  readonly directory: string;
  readonly commit: string;
}

/** `user` alone gives way to an author and a committer that the user has configured. */
const committer = ['user', 'author', 'committer'].flatMap((role) =>
  [`${role}.name=Chimera`, `${role}.email=chimera@localhost`].flatMap((value) => ['-c', value]),
);

/**
 * A git worktree on a branch of its own for every workflow, so that workflows on one repository
 * do not see each other's work. Commands on one repository are run one after the other.
 */
export class GitWorkspaces {
  readonly #directory: string;
  readonly #git: Git;
  readonly #queue = new SerialQueue();

  constructor(options: GitWorkspacesOptions) {
    this.#directory = resolve(options.directory);
    this.#git = new Git(options, this.#directory);
  }

  /**
   * Makes the workspace, or returns to the one there is. What an earlier attempt committed stays,
   * on the branch; what it left uncommitted, staged or half merged is discarded, files that git
   * ignores (dependencies, caches) are kept. A repository that it made in the worktree's place is
   * discarded with all that is in it. Only one attempt may work on a workflow at a time.
   *
   * @throws WorkspaceError, and RangeError for an id that is no name of a branch.
   */
  async prepare(options: PrepareOptions): Promise<Workspace> {
    const { workflowId, signal } = options;
    requireBranchName(workflowId);
    const repository = resolve(options.repository);
    await mkdir(this.#directory, { recursive: true });
    const directory = join(await realpath(this.#directory), workflowId);
    const branch = branchOf(workflowId);
    return this.#serially(repository, signal, async (commonDirectory) => {
      // Whoever held them was killed, or the lease would not be ours.
      await removeLocks(commonDirectory, [baseRefOf(workflowId), `refs/heads/${branch}`]);
      const baseCommit = await this.#baseCommit(repository, options);
      const workspace = { repository, directory, branch, baseCommit };
      await this.#discardCheckouts(workspace);
      const isReady =
        (await this.#isIntact(workspace, commonDirectory, signal)) &&
        (await discardChanges(this.#git, workspace, signal));
      if (!isReady) {
        await this.#discardWorktree(repository, directory);
        await leaveFormerWorktree(this.#git, workspace, commonDirectory, signal);
      }
      await recordWorktree(commonDirectory, workspace);
      if (!isReady) await this.#addWorktree(workspace, signal);
      return workspace;
    });
  }

  /**
   * Commits what is not committed yet, as Chimera, without hooks. Returns the commit, or undefined
   * when there was nothing to commit. An agent that has gone to another branch takes the
   * workflow's along, as long as the other goes on from it; the other stays where the agent left
   * it. @throws WorkspaceError.
   */
  async commitAll(
    workspace: Workspace,
    message: string,
    signal?: AbortSignal,
  ): Promise<string | undefined> {
    const { repository, directory } = workspace;
    const run = (...args: readonly string[]) => this.#git.run(repository, directory, args, signal);
    const commonDirectory = await this.#commonDirectory(repository, repository, signal);
    const hasStayed = await isOnBranch(this.#git, workspace, commonDirectory, signal);
    // Of a git that was killed with its agent.
    await removeLocks(await run('rev-parse', '--absolute-git-dir'), worktreeLocks);
    // Off that branch: it may be the user's.
    if (!hasStayed) await run('update-ref', '--no-deref', 'HEAD', 'HEAD');
    // Also what lies outside of a sparse checkout: it is there because the agent made it.
    await run('add', '--all', '--sparse');
    await refuseRepositoriesInside(this.#git, workspace, signal);
    // New files: of submodules, for all others have been added.
    const listing = ['--porcelain=v2', '-z', '--no-renames', '--untracked-files=normal'];
    const entries = (await run('status', ...listing)).split('\0');
    refuseSubmoduleChanges(entries, workspace);
    const isChanged = entries.some((entry) => entry.startsWith('1 '));
    const unsigned = ['-c', 'commit.gpgSign=false'];
    if (isChanged)
      await run(...committer, ...unsigned, 'commit', '--quiet', '--no-verify', '-m', message);
    if (!hasStayed) return moveBranchToHead(this.#git, workspace, signal);
    return isChanged ? run('rev-parse', 'HEAD') : undefined;
  }

  /** The branch's newest commit in a place of its own: nothing uncommitted, nothing ignored. @throws WorkspaceError. */
  async cleanCheckout(workspace: Workspace, signal?: AbortSignal): Promise<CleanCheckout> {
    const { repository, branch } = workspace;
    const parent = this.#checkoutsOf(branch);
    await mkdir(parent, { recursive: true });
    const directory = await mkdtemp(join(await realpath(parent), 'at-'));
    const discard = () =>
      this.#serially(repository, undefined, () => this.#discardWorktree(repository, directory))
        // What is still there is discarded by the next prepare() or remove().
        .catch(() => undefined);
    try {
      return await this.#serially(repository, signal, async () => {
        const run = (...args: readonly string[]) =>
          this.#git.run(repository, repository, args, signal);
        const commit = await run('rev-parse', '--verify', `refs/heads/${branch}^{commit}`);
        await run('worktree', 'add', '--quiet', '--detach', directory, commit);
        return { directory, commit, [Symbol.asyncDispose]: discard };
      });
    } catch (error) {
      await discard();
      throw error;
    }
  }

  /** Removes the worktree and what is uncommitted in it. The branch stays: it is the work. Idempotent. */
  async remove(workspace: Omit<Workspace, 'baseCommit'>): Promise<void> {
    const { repository, directory, branch } = workspace;
    if (existsSync(repository)) {
      await this.#serially(repository, undefined, async (commonDirectory) => {
        await this.#discardCheckouts(workspace);
        await this.#discardWorktree(repository, directory);
        await forgetWorktree(commonDirectory, branch);
      });
    } else {
      await rm(this.#checkoutsOf(branch), { recursive: true, force: true });
      await rm(directory, { recursive: true, force: true });
    }
  }

  /** The same, for when nobody holds the workspace: its workflow was cancelled while it waited. */
  async removeOf({ repository, workflowId }: Omit<PrepareOptions, 'base'>): Promise<void> {
    requireBranchName(workflowId);
    const root = existsSync(this.#directory) ? await realpath(this.#directory) : this.#directory;
    await this.remove({
      repository: resolve(repository),
      directory: join(root, workflowId),
      branch: branchOf(workflowId),
    });
  }

  #checkoutsOf(branch: string): string {
    return join(this.#directory, '.checkouts', branch.slice(branchPrefix.length));
  }

  /** Worktrees of one repository share its files: git's locks refuse where this queue waits. */
  async #serially<T>(
    repository: string,
    signal: AbortSignal | undefined,
    task: (commonDirectory: string) => Promise<T>,
  ): Promise<T> {
    const commonDirectory = await this.#commonDirectory(repository, repository, signal);
    return this.#queue.run(commonDirectory, () => task(commonDirectory));
  }

  async #commonDirectory(repository: string, cwd: string, signal?: AbortSignal): Promise<string> {
    await this.#git.requireNewEnough(repository, signal);
    const args = ['rev-parse', '--path-format=absolute', '--git-common-dir'];
    return this.#git.run(repository, cwd, args, signal);
  }

  /** Kept in a ref of its own, written before the branch: a second look must not find a moved base. */
  async #baseCommit(
    repository: string,
    { workflowId, base, signal }: PrepareOptions,
  ): Promise<string> {
    const ref = baseRefOf(workflowId);
    const commitOf = (name: string) =>
      this.#git.ask(
        repository,
        repository,
        ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`],
        signal,
      );
    const kept = await commitOf(ref);
    if (kept !== undefined) return kept;
    const commit = await commitOf(base ?? 'HEAD');
    if (commit === undefined) {
      throw base === undefined
        ? new WorkspaceError('NO_COMMITS', repository, 'has no commits; make a first one')
        : new WorkspaceError(
            'BASE_NOT_FOUND',
            repository,
            `has no commit "${base}"; fetch it, or name another base`,
          );
    }
    await this.#git.run(repository, repository, ['update-ref', ref, commit], signal);
    return commit;
  }

  /** False when there is none, or one that was not finished. @throws WorkspaceError for another repository's. */
  async #isIntact(
    { repository, directory, branch }: Workspace,
    commonDirectory: string,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    if (!existsSync(join(directory, '.git'))) return false;
    const ask = (...args: readonly string[]) => this.#git.ask(repository, directory, args, signal);
    const owner = await ask('rev-parse', '--path-format=absolute', '--git-common-dir');
    // The link is broken: the repository moved, or lost the entry of this worktree.
    if (owner === undefined) return false;
    if (owner !== commonDirectory) {
      // An agent's `git init`. Without the branch this repository never had a worktree here.
      const isAgents =
        owner === join(directory, '.git') && (await this.#has(repository, branch, signal));
      if (isAgents) return false;
      const problem = `${directory} is a worktree of another repository, ${owner}; remove it, or use another workflow id`;
      throw new WorkspaceError('WORKSPACE_FOREIGN', repository, problem);
    }
    const list = (await ask('worktree', 'list', '--porcelain')) ?? '';
    // Looked for whole: a path may have blank lines, and -z is of git 2.36.
    const [, after] = `\n\n${list}`.split(`\n\nworktree ${directory}\n`);
    // git holds this lock while it fills a new worktree.
    return after !== undefined && !after.split('\n\n', 1)[0]?.includes('\nlocked initializing');
  }

  async #addWorktree(workspace: Workspace, signal: AbortSignal | undefined): Promise<void> {
    const { repository, directory, branch, baseCommit } = workspace;
    const what = (await this.#has(repository, branch, signal))
      ? [directory, branch]
      : ['--no-track', '-b', branch, directory, baseCommit];
    const args = ['worktree', 'add', '--quiet', ...what];
    try {
      await this.#git.run(repository, repository, args, signal);
    } catch (error) {
      const inTheWay = branchPrefix.slice(0, -1);
      if (!(await this.#has(repository, inTheWay, signal))) throw error;
      const problem = `has a branch "${inTheWay}", beside which git can make no ${branch}; rename it: git branch -m ${inTheWay} ANOTHER`;
      throw new WorkspaceError('BRANCH_IN_THE_WAY', repository, problem);
    }
  }

  async #has(repository: string, branch: string, signal?: AbortSignal): Promise<boolean> {
    const args = ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`];
    return (await this.#git.ask(repository, repository, args, signal)) !== undefined;
  }

  /** Those that a crash kept from being disposed. */
  async #discardCheckouts({ repository, branch }: Omit<Workspace, 'baseCommit'>): Promise<void> {
    const parent = this.#checkoutsOf(branch);
    if (!existsSync(parent)) return;
    for (const name of await readdir(parent)) {
      await this.#discardWorktree(repository, join(await realpath(parent), name));
    }
    await rm(parent, { recursive: true, force: true });
  }

  async #discardWorktree(repository: string, directory: string): Promise<void> {
    // A lock would keep the entry although the directory is gone.
    await this.#git.ask(repository, repository, ['worktree', 'unlock', directory]);
    await rm(directory, { recursive: true, force: true });
    await this.#git.run(repository, repository, ['worktree', 'prune', '--expire=now']);
  }
}
