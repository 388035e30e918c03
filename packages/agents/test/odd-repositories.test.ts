import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Workspace } from '../src/agent.ts';
import { GitWorkspaces } from '../src/git-workspaces.ts';
import { Repository } from './repository.ts';

let repository: Repository;
let workspaces: GitWorkspaces;
beforeEach(() => {
  repository = new Repository();
  const { environment } = repository;
  workspaces = new GitWorkspaces({ directory: repository.workspaces, environment });
});
afterEach(() => repository[Symbol.dispose]());

function prepare(): Promise<Workspace> {
  return workspaces.prepare({ repository: repository.directory, workflowId: 'wf-1' });
}

function write(workspace: Workspace, file: string, text: string): void {
  writeFileSync(join(workspace.directory, file), text);
}

/** What the branch has changed since it began. */
function changes(): string {
  return repository.git('diff', '--name-only', 'main', 'chimera/wf-1');
}

describe('in a submodule', () => {
  const local = ['-c', 'protocol.file.allow=always', 'submodule', '--quiet'];

  /** A workspace with its submodule `lib` checked out, as an agent does that. */
  async function prepareWithLibrary(): Promise<Workspace> {
    const library = join(repository.root, 'lib');
    repository.git('init', '-q', library);
    repository.commit('.gitignore', 'cache\n', library);
    repository.commit('lib.txt', 'l', library);
    repository.git(...local, 'add', library, 'lib');
    repository.git('commit', '-qm', 'lib');
    const workspace = await prepare();
    repository.gitIn(workspace.directory, ...local, 'update', '--init', 'lib');
    return workspace;
  }

  test('what an earlier attempt did there is discarded with the rest, ignored files aside', async () => {
    const workspace = await prepareWithLibrary();
    const library = join(workspace.directory, 'lib');
    repository.commit('moved.txt', 'on', library);
    for (const file of ['lib/lib.txt', 'lib/new.txt', 'lib/cache'])
      write(workspace, file, 'of the attempt that failed');
    await prepare();
    expect(repository.gitIn(workspace.directory, 'status', '--porcelain')).toBe('');
    expect(readdirSync(library)).toEqual(['.git', '.gitignore', 'cache', 'lib.txt']);
    write(workspace, 'work.txt', 'w');
    await workspaces.commitAll(workspace, 'Phase do');
    expect(changes()).toBe('work.txt');
  });

  test('and what git ignores stays, also beside a commit of another repository that is no submodule', async () => {
    const other = repository.git('rev-parse', 'HEAD');
    repository.git('update-index', '--add', '--cacheinfo', `160000,${other},stray`);
    const workspace = await prepareWithLibrary();
    const library = join(workspace.directory, 'lib');
    const commit = repository.commit('moved.txt', 'on', library);
    await workspaces.commitAll(workspace, 'Phase one');
    write(workspace, 'lib/lib.txt', 'of the attempt that failed');
    write(workspace, 'lib/cache', 'kept');
    await prepare();
    expect(repository.gitIn(library, 'rev-parse', 'HEAD')).toBe(commit);
    expect(repository.gitIn(workspace.directory, 'status', '--porcelain')).toBe('');
    expect(readdirSync(library)).toContain('cache');
  });

  test('a lock that a killed git left there costs nothing of what an earlier phase committed there', async () => {
    const workspace = await prepareWithLibrary();
    const library = join(workspace.directory, 'lib');
    const commit = repository.commit('moved.txt', 'on', library);
    await workspaces.commitAll(workspace, 'Phase one');
    const gitDirectory = repository.gitIn(library, 'rev-parse', '--absolute-git-dir');
    for (const lock of ['index.lock', 'HEAD.lock']) writeFileSync(join(gitDirectory, lock), '');
    write(workspace, 'lib/lib.txt', 'of the attempt that failed');
    await prepare();
    expect(repository.gitIn(library, 'rev-parse', 'HEAD')).toBe(commit);
    expect(repository.gitIn(workspace.directory, 'status', '--porcelain')).toBe('');
  });
});

test('a user who is particular about line ends loses no work by it', async () => {
  repository.git('config', 'core.autocrlf', 'true');
  repository.git('config', 'core.safecrlf', 'true');
  const workspace = await prepare();
  write(workspace, 'work.txt', 'ends with LF\n');
  expect(await workspaces.commitAll(workspace, 'Phase do')).toBeDefined();
});

test('a commit is Chimera’s whoever the user is as an author and a committer', async () => {
  for (const role of ['author', 'committer']) {
    repository.git('config', `${role}.name`, 'Somebody');
    repository.git('config', `${role}.email`, 'somebody@localhost');
  }
  const workspace = await prepare();
  write(workspace, 'work.txt', 'w');
  await workspaces.commitAll(workspace, 'Phase do');
  const chimera = 'Chimera <chimera@localhost>';
  expect(repository.git('log', '-1', '--format=%an <%ae> %cn <%ce>', workspace.branch)).toBe(
    `${chimera} ${chimera}`,
  );
});

test('what is new outside of a sparse checkout is committed, and nothing else there', async () => {
  for (const folder of ['in', 'out']) {
    mkdirSync(join(repository.directory, folder));
    repository.commit(`${folder}/old.txt`, 'o');
  }
  repository.git('sparse-checkout', 'set', 'in');
  const workspace = await prepare();
  mkdirSync(join(workspace.directory, 'out'), { recursive: true });
  write(workspace, 'out/new.txt', 'n');
  expect(await workspaces.commitAll(workspace, 'Phase do')).toBeDefined();
  expect(changes()).toBe('out/new.txt');
});

describe('beside paths that are misread easily', () => {
  test.for(['line\nend', 'blank\n\nline'])('worktrees are kept in %j', async (name) => {
    const { environment } = repository;
    const directory = join(repository.root, name);
    workspaces = new GitWorkspaces({ directory, environment });
    repository.commit('.gitignore', 'cache\n');
    const workspace = await prepare();
    write(workspace, 'work.txt', 'w');
    write(workspace, 'cache', 'ignored');
    const commit = await workspaces.commitAll(workspace, 'Phase do');
    expect(repository.git('rev-parse', workspace.branch)).toBe(commit);
    // Made anew, it would have lost what git ignores.
    await prepare();
    expect(readdirSync(workspace.directory)).toContain('cache');

    workspaces = new GitWorkspaces({ directory: repository.workspaces, environment });
    const moved = await prepare();
    expect(repository.gitIn(moved.directory, 'rev-parse', 'HEAD')).toBe(commit);
  });

  test.for(['a-look', 'wf-1'])(
    'a worktree of the user keeps the branch in look/%s',
    async (name) => {
      const { directory } = await prepare();
      rmSync(directory, { recursive: true });
      const users = join(repository.root, 'look', name);
      repository.git('worktree', 'prune');
      repository.git('worktree', 'add', users, 'chimera/wf-1');
      await expect(prepare()).rejects.toMatchObject({ code: 'GIT_FAILED' });
      expect(repository.gitIn(users, 'branch', '--show-current')).toBe('chimera/wf-1');
    },
  );
});
