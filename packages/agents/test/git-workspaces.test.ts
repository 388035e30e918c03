import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Workspace } from '../src/agent.ts';
import { GitWorkspaces, type PrepareOptions } from '../src/git-workspaces.ts';
import { Repository } from './repository.ts';

let repository: Repository;
let workspaces: GitWorkspaces;
beforeEach(() => {
  repository = new Repository();
  workspaces = new GitWorkspaces({
    directory: repository.workspaces,
    environment: repository.environment,
  });
});
afterEach(() => repository[Symbol.dispose]());

function prepare(options: Partial<PrepareOptions> = {}): Promise<Workspace> {
  return workspaces.prepare({
    repository: repository.directory,
    workflowId: 'wf-1',
    ...options,
  });
}

function read(workspace: Workspace, file: string): string {
  return readFileSync(join(workspace.directory, file), 'utf8');
}

function write(workspace: Workspace, file: string, text: string): void {
  writeFileSync(join(workspace.directory, file), text);
}

test('makes a worktree on a branch of its own, from what is checked out', async () => {
  const workspace = await prepare();
  expect(workspace).toEqual({
    repository: repository.directory,
    directory: join(repository.workspaces, 'wf-1'),
    branch: 'chimera/wf-1',
    baseCommit: repository.git('rev-parse', 'HEAD'),
  });
  expect(read(workspace, 'readme.txt')).toBe('one\n');
  expect(repository.gitIn(workspace.directory, 'branch', '--show-current')).toBe('chimera/wf-1');
  expect(repository.git('branch', '--show-current')).toBe('main');
});

test('the repository may be a folder of the one that holds the worktrees', async () => {
  const folder = join(repository.directory, 'packages');
  mkdirSync(folder);
  const { directory, environment } = repository;
  workspaces = new GitWorkspaces({ directory, environment });
  const workspace = await prepare({ repository: folder });
  write(workspace, 'work.txt', 'w');
  const commit = await workspaces.commitAll(workspace, 'Phase do');
  expect(repository.git('rev-parse', workspace.branch)).toBe(commit);
});

test('workflows on one repository do not see each other’s work', async () => {
  const one = await prepare({ workflowId: 'a' });
  const other = await prepare({ workflowId: 'b' });
  repository.commit('work.txt', 'a', one.directory);
  expect(readdirSync(other.directory)).toEqual(['.git', 'readme.txt']);
  expect(readdirSync(repository.directory)).toEqual(['.git', 'readme.txt']);
});

test('starts from another base when told', async () => {
  const first = repository.git('rev-parse', 'HEAD');
  repository.commit('second.txt', '2');
  const workspace = await prepare({ base: 'main~1' });
  expect(workspace.baseCommit).toBe(first);
  expect(existsSync(join(workspace.directory, 'second.txt'))).toBe(false);
});

describe('coming back', () => {
  test('keeps commits and ignored files, discards everything uncommitted', async () => {
    repository.commit('.gitignore', 'cache/\n');
    const workspace = await prepare();
    const commit = repository.commit('work.txt', 'done', workspace.directory);
    write(workspace, 'work.txt', 'half');
    write(workspace, 'staged.txt', 'staged');
    repository.gitIn(workspace.directory, 'add', 'staged.txt');
    write(workspace, 'stray.txt', 'stray');
    mkdirSync(join(workspace.directory, 'nested'));
    repository.gitIn(join(workspace.directory, 'nested'), 'init', '--quiet');
    mkdirSync(join(workspace.directory, 'cache'));
    write(workspace, 'cache/kept', 'kept');
    repository.commit('moved-on.txt', 'main has moved on');

    expect(await prepare()).toEqual(workspace);
    expect(repository.gitIn(workspace.directory, 'rev-parse', 'HEAD')).toBe(commit);
    expect(readdirSync(workspace.directory).sort()).toEqual([
      '.git',
      '.gitignore',
      'cache',
      'readme.txt',
      'work.txt',
    ]);
    expect(read(workspace, 'work.txt')).toBe('done');
    expect(repository.gitIn(workspace.directory, 'status', '--porcelain')).toBe('');
  });

  test('puts a detached head and a half-done rebase back on the branch', async () => {
    const workspace = await prepare();
    repository.commit('readme.txt', 'theirs\n');
    const commit = repository.commit('readme.txt', 'ours\n', workspace.directory);
    expect(() => repository.gitIn(workspace.directory, 'rebase', 'main')).toThrow(
      'could not apply',
    );
    expect(repository.gitIn(workspace.directory, 'status')).toContain('rebase in progress');

    await prepare();
    expect(repository.gitIn(workspace.directory, 'branch', '--show-current')).toBe('chimera/wf-1');
    expect(repository.gitIn(workspace.directory, 'rev-parse', 'HEAD')).toBe(commit);
    expect(repository.gitIn(workspace.directory, 'status')).not.toContain('rebase');
  });

  test('forgets patches, picks and a bisection that were begun', async () => {
    const workspace = await prepare();
    const { directory } = workspace;
    const patch = join(repository.root, 'theirs.patch');
    repository.commit('readme.txt', 'theirs\n');
    repository.commit('readme.txt', 'theirs again\n');
    writeFileSync(patch, `${repository.git('format-patch', '-1', '--stdout', 'main~1')}\n`);
    repository.commit('readme.txt', 'ours\n', directory);
    for (const begun of [
      ['am', patch],
      ['cherry-pick', 'main~1', 'main'],
    ]) {
      expect(() => repository.gitIn(directory, ...begun)).toThrow('Command failed');
      expect(await prepare()).toEqual(workspace);
    }
    repository.gitIn(directory, 'bisect', 'start', 'HEAD', 'HEAD~1');
    await prepare();
    expect(repository.gitIn(directory, 'status')).toBe(
      'On branch chimera/wf-1\nnothing to commit, working tree clean',
    );
    repository.commit('other.txt', 'can be picked');
    repository.gitIn(directory, 'cherry-pick', 'main');
  });

  test('removes the locks of a git that was killed', async () => {
    const workspace = await prepare();
    const gitDirectory = repository.gitIn(workspace.directory, 'rev-parse', '--absolute-git-dir');
    const locks = [
      join(gitDirectory, 'index.lock'),
      join(gitDirectory, 'HEAD.lock'),
      join(repository.directory, '.git', 'refs', 'heads', 'chimera', 'wf-1.lock'),
      join(repository.directory, '.git', 'refs', 'chimera', 'base', 'wf-1.lock'),
    ];
    for (const lock of locks) writeFileSync(lock, '');
    await prepare();
    expect(locks.filter((lock) => existsSync(lock))).toEqual([]);
    repository.commit('work.txt', 'possible again', workspace.directory);
  });

  test('removes the lock of one that was killed before there was a worktree', async () => {
    const directory = join(repository.directory, '.git', 'refs', 'chimera', 'base');
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'wf-1.lock'), '');
    const { baseCommit } = await prepare();
    expect(repository.git('rev-parse', 'refs/chimera/base/wf-1')).toBe(baseCommit);
  });

  test('makes a deleted worktree again, at the branch’s newest commit', async () => {
    const workspace = await prepare();
    const commit = repository.commit('work.txt', 'done', workspace.directory);
    rmSync(workspace.directory, { recursive: true });
    expect(await prepare()).toEqual(workspace);
    expect(repository.gitIn(workspace.directory, 'rev-parse', 'HEAD')).toBe(commit);
  });

  test('makes a worktree again that a crash left half made', async () => {
    const workspace = await prepare();
    const lock = ['worktree', 'lock', '--reason', 'initializing', workspace.directory];
    repository.git(...lock);
    rmSync(join(workspace.directory, 'readme.txt'));
    expect(await prepare()).toEqual(workspace);
    expect(read(workspace, 'readme.txt')).toBe('one\n');
  });

  test('makes a worktree again whose index a power failure has torn', async () => {
    const workspace = await prepare();
    const commit = repository.commit('work.txt', 'done', workspace.directory);
    const gitDirectory = repository.gitIn(workspace.directory, 'rev-parse', '--absolute-git-dir');
    writeFileSync(join(gitDirectory, 'index'), 'DIRC');
    expect(await prepare()).toEqual(workspace);
    expect(repository.gitIn(workspace.directory, 'rev-parse', 'HEAD')).toBe(commit);
    expect(repository.gitIn(workspace.directory, 'status', '--porcelain')).toBe('');
  });

  test('goes on with its commits where worktrees are kept elsewhere now', async () => {
    const before = await prepare();
    const commit = repository.commit('work.txt', 'w', before.directory);
    write(before, 'half.txt', 'h');
    const { environment } = repository;
    const directory = join(repository.workspaces, 'elsewhere');
    workspaces = new GitWorkspaces({ directory, environment });
    const workspace = await prepare();
    expect(workspace.directory).toBe(join(directory, 'wf-1'));
    expect(repository.gitIn(workspace.directory, 'rev-parse', 'HEAD')).toBe(commit);
    expect(existsSync(join(workspace.directory, 'half.txt'))).toBe(false);
    expect(read(before, 'half.txt')).toBe('h');
    expect(repository.gitIn(before.directory, 'branch', '--show-current')).toBe('');
  });

  test('takes its branch from no worktree of the user', async () => {
    const { directory } = await prepare();
    rmSync(directory, { recursive: true });
    const users = join(repository.workspaces, 'a-look');
    repository.git('worktree', 'prune');
    repository.git('worktree', 'add', users, 'chimera/wf-1');
    await expect(prepare()).rejects.toMatchObject({ code: 'GIT_FAILED' });
    expect(existsSync(join(users, 'readme.txt'))).toBe(true);
  });

  test('replaces a folder that is no worktree', async () => {
    mkdirSync(join(repository.workspaces, 'wf-1', 'half'), { recursive: true });
    const workspace = await prepare();
    expect(readdirSync(workspace.directory)).toEqual(['.git', 'readme.txt']);
  });

  test.for([false, true])(
    'replaces a repository that an agent made in it (with a commit: %s)',
    async (hasCommit) => {
      const workspace = await prepare();
      const commit = repository.commit('work.txt', 'done', workspace.directory);
      rmSync(join(workspace.directory, '.git'));
      repository.gitIn(workspace.directory, 'init', '-q');
      if (hasCommit) repository.commit('scaffold.txt', 's', workspace.directory);
      await expect(workspaces.commitAll(workspace, 'Phase do')).rejects.toMatchObject({
        code: 'WORKSPACE_ASTRAY',
        retryable: true,
      });
      // As the end of another workflow's check does.
      repository.git('worktree', 'prune', '--expire=now');
      expect(await prepare()).toEqual(workspace);
      expect(repository.gitIn(workspace.directory, 'rev-parse', 'HEAD')).toBe(commit);
      expect(readdirSync(workspace.directory)).toEqual(['.git', 'readme.txt', 'work.txt']);
    },
  );

  test('refuses a repository that was there before it', async () => {
    const directory = join(repository.workspaces, 'wf-1');
    repository.git('init', '-q', directory);
    await expect(prepare()).rejects.toMatchObject({ code: 'WORKSPACE_FOREIGN', retryable: false });
    expect(existsSync(join(directory, '.git'))).toBe(true);
  });

  test('refuses a worktree of another repository', async () => {
    await prepare();
    using other = new Repository();
    await expect(prepare({ repository: other.directory })).rejects.toMatchObject({
      code: 'WORKSPACE_FOREIGN',
      retryable: false,
      message: `repository ${other.directory}: ${repository.workspaces}/wf-1 is a worktree of another repository, ${repository.directory}/.git; remove it, or use another workflow id`,
    });
  });
});

test('ten workflows at once on one repository do not collide', async () => {
  const ids = Array.from({ length: 10 }, (_, index) => `wf-${index}`);
  const made = await Promise.all(ids.map((workflowId) => prepare({ workflowId })));
  expect(made.map(({ branch }) => branch)).toEqual(ids.map((id) => `chimera/${id}`));
  expect(repository.worktrees()).toHaveLength(10);
});

describe('a clean checkout', () => {
  test('has the branch’s commit and nothing else, and is gone after use', async () => {
    repository.commit('.gitignore', 'cache\n');
    const workspace = await prepare();
    const commit = repository.commit('work.txt', 'done', workspace.directory);
    write(workspace, 'work.txt', 'uncommitted');
    write(workspace, 'cache', 'ignored');
    const checkout = await workspaces.cleanCheckout(workspace);
    expect(checkout.commit).toBe(commit);
    expect(checkout.directory.startsWith(workspace.directory)).toBe(false);
    expect(readdirSync(checkout.directory)).toEqual([
      '.git',
      '.gitignore',
      'readme.txt',
      'work.txt',
    ]);
    expect(readFileSync(join(checkout.directory, 'work.txt'), 'utf8')).toBe('done');
    await checkout[Symbol.asyncDispose]();
    expect(existsSync(checkout.directory)).toBe(false);
    expect(repository.worktrees()).toEqual([workspace.directory]);
    expect(read(workspace, 'work.txt')).toBe('uncommitted');
  });

  test('that a crash left behind is removed by the next prepare', async () => {
    const workspace = await prepare();
    const forgotten = await workspaces.cleanCheckout(workspace);
    repository.git('worktree', 'lock', '--reason', 'initializing', forgotten.directory);
    await prepare();
    expect(existsSync(forgotten.directory)).toBe(false);
    expect(repository.worktrees()).toEqual([workspace.directory]);
  });

  test('of a branch that is gone is an error, and leaves nothing', async () => {
    const workspace = await prepare();
    await workspaces.remove(workspace);
    repository.git('branch', '--quiet', '-D', workspace.branch);
    await expect(workspaces.cleanCheckout(workspace)).rejects.toMatchObject({
      code: 'GIT_FAILED',
      retryable: true,
    });
    expect(readdirSync(join(repository.workspaces, '.checkouts', 'wf-1'))).toEqual([]);
  });
});

test('removing takes the worktree and leaves the branch; twice is as good as once', async () => {
  const workspace = await prepare();
  const commit = repository.commit('work.txt', 'done', workspace.directory);
  const forgotten = await workspaces.cleanCheckout(workspace);
  await workspaces.remove(workspace);
  await workspaces.remove(workspace);
  expect(existsSync(workspace.directory)).toBe(false);
  expect(existsSync(forgotten.directory)).toBe(false);
  expect(repository.worktrees()).toEqual([]);
  expect(readdirSync(join(repository.directory, '.git', 'chimera', 'worktrees'))).toEqual([]);
  expect(repository.git('rev-parse', 'chimera/wf-1')).toBe(commit);
});

test('a worktree can be removed by its workflow alone, and needs not be there', async () => {
  const { directory, branch } = await prepare();
  const place = { repository: repository.directory, workflowId: 'wf-1' };
  await workspaces.removeOf(place);
  await workspaces.removeOf(place);
  expect(existsSync(directory)).toBe(false);
  expect(repository.git('branch', '--list', branch)).toContain(branch);
});

test('a worktree can be removed after its repository', async () => {
  const workspace = await prepare();
  rmSync(repository.directory, { recursive: true });
  await workspaces.remove(workspace);
  expect(existsSync(workspace.directory)).toBe(false);
});

test('commits all that is uncommitted as Chimera, and nothing when there is nothing', async () => {
  const workspace = await prepare();
  expect(await workspaces.commitAll(workspace, 'nothing')).toBeUndefined();
  write(workspace, 'new.txt', 'new');
  write(workspace, 'readme.txt', 'changed');
  const commit = await workspaces.commitAll(workspace, 'implement: dark mode');
  expect(repository.git('log', '-1', '--format=%H %an <%ae> %s', 'chimera/wf-1')).toBe(
    `${commit} Chimera <chimera@localhost> implement: dark mode`,
  );
  expect(repository.git('diff', '--name-only', 'main', 'chimera/wf-1')).toBe('new.txt\nreadme.txt');
});

test('commits beside the lock of a git that was killed with its agent', async () => {
  const workspace = await prepare();
  const gitDirectory = repository.gitIn(workspace.directory, 'rev-parse', '--absolute-git-dir');
  writeFileSync(join(gitDirectory, 'index.lock'), '');
  write(workspace, 'work.txt', 'w');
  expect(await workspaces.commitAll(workspace, 'Phase do')).toBeDefined();
});

function onBranch(): string {
  return repository.git('log', '--format=%s', 'chimera/wf-1');
}

test('what the user likes to see of a status is no change', async () => {
  repository.git('config', 'status.showStash', 'true');
  repository.git('config', 'status.branch', 'true');
  writeFileSync(join(repository.directory, 'readme.txt'), 'two\n');
  repository.git('stash', '--quiet');
  expect(await workspaces.commitAll(await prepare(), 'Phase do')).toBeUndefined();
});

describe('an agent that leaves its branch', () => {
  test.for<[string, readonly string[]]>([
    ['for one of its own', ['checkout', '-q', '-b', 'feature']],
    ['for none', ['checkout', '-q', '--detach']],
    ['under another name', ['branch', '-m', 'feature']],
  ])('%s takes the workflow’s along', async ([, args]) => {
    const workspace = await prepare();
    repository.gitIn(workspace.directory, ...args);
    repository.commit('first.txt', '1', workspace.directory);
    write(workspace, 'second.txt', '2');
    const commit = await workspaces.commitAll(workspace, 'Phase do');
    expect(onBranch()).toBe('Phase do\nfirst.txt\nreadme.txt');
    const again = await prepare();
    expect(repository.gitIn(again.directory, 'rev-parse', 'HEAD')).toBe(commit);
    expect(repository.gitIn(again.directory, 'branch', '--show-current')).toBe('chimera/wf-1');
  });

  test('for what does not go on from it is told, and told where its work is', async () => {
    const workspace = await prepare();
    repository.commit('kept.txt', 'of an earlier phase', workspace.directory);
    repository.gitIn(workspace.directory, 'checkout', '-q', '-b', 'feature', 'main');
    write(workspace, 'work.txt', 'w');
    const astray = workspaces.commitAll(workspace, 'Phase do');
    await expect(astray).rejects.toMatchObject({ code: 'WORKSPACE_ASTRAY', retryable: true });
    const work = repository.gitIn(workspace.directory, 'rev-parse', 'HEAD');
    await expect(astray).rejects.toThrow(`its work is the commit ${work}`);
    expect(repository.git('show', `${work}:work.txt`)).toBe('w');
    expect(onBranch()).toBe('kept.txt\nreadme.txt');
  });

  test('and does nothing there has committed nothing', async () => {
    const workspace = await prepare();
    repository.gitIn(workspace.directory, 'checkout', '-q', '-b', 'feature');
    expect(await workspaces.commitAll(workspace, 'Phase do')).toBeUndefined();
    expect(onBranch()).toBe('readme.txt');
  });

  test('for the user’s does not move that one', async () => {
    repository.git('checkout', '-q', '-b', 'users-release');
    const release = repository.commit('release.txt', 'r');
    repository.git('checkout', '-q', 'main');
    const workspace = await prepare();
    repository.gitIn(workspace.directory, 'checkout', '-q', 'users-release');
    write(workspace, 'work.txt', 'w');
    const commit = await workspaces.commitAll(workspace, 'Phase do');
    expect(repository.git('rev-parse', 'users-release')).toBe(release);
    expect(repository.git('rev-parse', workspace.branch)).toBe(commit);
    expect(onBranch()).toBe('Phase do\nrelease.txt\nreadme.txt');
  });

  test.for<[string, string, readonly string[]]>([
    ['another branch', 'refs/heads/orphan', ['checkout', '-q', '--orphan', 'orphan']],
    ['its own', 'refs/heads/chimera/wf-1', ['update-ref', '-d', 'HEAD']],
  ])('for %s without commits is told so, and can come back', async ([, name, args]) => {
    const workspace = await prepare();
    repository.gitIn(workspace.directory, ...args);
    write(workspace, 'work.txt', 'w');
    await expect(workspaces.commitAll(workspace, 'Phase do')).rejects.toMatchObject({
      code: 'WORKSPACE_ASTRAY',
      message: `repository ${repository.directory}: ${workspace.directory} is on ${name}, which has no commits, and nothing was committed`,
    });
    expect(await prepare()).toEqual(workspace);
    expect(readdirSync(workspace.directory)).toEqual(['.git', 'readme.txt']);
    expect(onBranch()).toBe('readme.txt');
  });
});

/** As what makes a new project does: with a first commit. */
function scaffold(workspace: Workspace, name: string): string {
  const directory = join(workspace.directory, name);
  repository.git('init', '-q', directory);
  repository.commit('page.txt', 'p', directory);
  return directory;
}

describe('an agent that makes a repository in its worktree', () => {
  test('is told so: git would keep no file of it', async () => {
    const workspace = await prepare();
    scaffold(workspace, 'app');
    write(workspace, 'work.txt', 'w');
    await expect(workspaces.commitAll(workspace, 'Phase do')).rejects.toMatchObject({
      code: 'WORKSPACE_ASTRAY',
      retryable: true,
      message: `repository ${repository.directory}: ${workspace.directory} holds what is a repository of its own (app), whose files would be lost; let the agent remove the .git in it, and git rm --cached it where that is committed`,
    });
    expect(await prepare()).toEqual(workspace);
    expect(readdirSync(workspace.directory)).toEqual(['.git', 'readme.txt']);
    expect(onBranch()).toBe('readme.txt');
  });

  test('is told so although it committed it itself, and may make it good', async () => {
    const workspace = await prepare();
    const app = scaffold(workspace, 'app');
    repository.gitIn(workspace.directory, 'add', '--all');
    repository.gitIn(workspace.directory, 'commit', '-qm', 'its own');
    await expect(workspaces.commitAll(workspace, 'Phase do')).rejects.toMatchObject({
      code: 'WORKSPACE_ASTRAY',
    });
    expect(await prepare()).toEqual(workspace);
    rmSync(join(app, '.git'), { recursive: true });
    repository.gitIn(workspace.directory, 'rm', '-q', '--cached', 'app');
    expect(await workspaces.commitAll(workspace, 'Phase do')).toBeDefined();
    expect(repository.git('ls-tree', '-r', '--name-only', workspace.branch)).toBe(
      'app/page.txt\nreadme.txt',
    );
  });

  test('is told so where a file was', async () => {
    const workspace = await prepare();
    rmSync(join(workspace.directory, 'readme.txt'));
    scaffold(workspace, 'readme.txt');
    await expect(workspaces.commitAll(workspace, 'Phase do')).rejects.toMatchObject({
      code: 'WORKSPACE_ASTRAY',
    });
  });

  test.each(['my app', 'äpp', 'a"b'])('may do so for a submodule named %s', async (name) => {
    const workspace = await prepare();
    scaffold(workspace, name);
    const key = `submodule.${name}.path`;
    repository.gitIn(workspace.directory, 'config', '--file', '.gitmodules', key, name);
    expect(await workspaces.commitAll(workspace, 'Phase do')).toBeDefined();
  });

  test('may do so for a submodule, and move it on', async () => {
    const workspace = await prepare();
    const app = scaffold(workspace, 'app');
    write(workspace, '.gitmodules', '[submodule "app"]\n\tpath = app\n\turl = ../app\n');
    expect(await workspaces.commitAll(workspace, 'Phase one')).toBeDefined();
    repository.commit('other.txt', 'o', app);
    expect(await workspaces.commitAll(workspace, 'Phase two')).toBeDefined();
    expect(onBranch()).toBe('Phase two\nPhase one\nreadme.txt');
  });
});

describe('an agent in a submodule', () => {
  /** A repository with the submodule `library`, as the agent has it in its worktree. */
  async function withSubmodule() {
    const library = join(repository.root, 'library');
    mkdirSync(library);
    repository.gitIn(library, 'init', '--quiet', '--initial-branch=main');
    repository.commit('page.txt', 'one\n', library);
    repository.git(...fromFiles, 'submodule', '--quiet', 'add', library, 'library');
    repository.git('commit', '--quiet', '-m', 'library');
    const workspace = await prepare();
    const update = ['submodule', '--quiet', 'update', '--init'];
    repository.gitIn(workspace.directory, ...fromFiles, ...update);
    return { inside: join(workspace.directory, 'library'), workspace };
  }
  const fromFiles = ['-c', 'protocol.file.allow=always'];

  test('is told of what it did not commit there, with work beside it and without; the next attempt does not meet it', async () => {
    const { inside, workspace } = await withSubmodule();
    const refused = {
      code: 'WORKSPACE_ASTRAY',
      retryable: true,
      message: `repository ${repository.directory}: ${workspace.directory} holds what is not committed in its submodule library, and would be lost; let the agent commit and push it there, or discard it; what a build leaves there git has to ignore`,
    };
    writeFileSync(join(inside, 'page.txt'), 'two\n');
    await expect(workspaces.commitAll(workspace, 'Phase do')).rejects.toMatchObject(refused);
    repository.gitIn(inside, 'checkout', '--quiet', 'page.txt');
    writeFileSync(join(inside, 'new.txt'), 'n');
    write(workspace, 'work.txt', 'w');
    await expect(workspaces.commitAll(workspace, 'Phase do')).rejects.toMatchObject(refused);
    expect(onBranch()).toBe('library\nreadme.txt');
    expect(await prepare()).toEqual(workspace);
    write(workspace, 'work.txt', 'w');
    expect(await workspaces.commitAll(workspace, 'Phase do')).toBeDefined();
    expect(onBranch()).toBe('Phase do\nlibrary\nreadme.txt');
    writeFileSync(join(inside, 'built.o'), 'b');
    const ignore = ['config', '--file', '.gitmodules', 'submodule.library.ignore', 'untracked'];
    repository.gitIn(workspace.directory, ...ignore);
    expect(await workspaces.commitAll(workspace, 'Phase build')).toBeDefined();
  });

  test('may commit there; when it fails, the next one finds it where it was, and none of its hooks was run', async () => {
    const { inside, workspace } = await withSubmodule();
    const commit = repository.commit('new.txt', 'n', inside);
    expect(await workspaces.commitAll(workspace, 'Phase do')).toBeDefined();
    expect(repository.git('rev-parse', `${workspace.branch}:library`)).toBe(commit);
    repository.commit('page.txt', 'two\n', inside);
    const where = ['rev-parse', '--path-format=absolute', '--git-path', 'hooks'];
    const hooks = repository.gitIn(inside, ...where);
    mkdirSync(hooks, { recursive: true });
    const hook = '#!/bin/sh\ntouch "$HOME/hooked"\n';
    writeFileSync(join(hooks, 'post-checkout'), hook, { mode: 0o755 });
    await prepare();
    expect(repository.gitIn(inside, 'rev-parse', 'HEAD')).toBe(commit);
    expect(existsSync(join(repository.root, 'hooked'))).toBe(false);
    expect(await workspaces.commitAll(workspace, 'nothing')).toBeUndefined();
  });

  test('keeps what git ignores and what it committed there, also beside what is a submodule by half', async () => {
    const { inside, workspace } = await withSubmodule();
    const commit = repository.commit('new.txt', 'n', inside);
    const half = ['update-index', '--add', '--cacheinfo', `160000,${commit},half`];
    repository.gitIn(workspace.directory, ...half);
    repository.gitIn(workspace.directory, 'add', 'library');
    repository.gitIn(workspace.directory, 'commit', '--quiet', '-m', 'by hand');
    write(workspace, 'library/page.txt', 'two\n');
    const exclude = repository.gitIn(
      inside,
      'rev-parse',
      '--path-format=absolute',
      '--git-path',
      'info/exclude',
    );
    writeFileSync(exclude, 'cache\n');
    write(workspace, 'library/cache', 'c');
    await prepare();
    expect(readdirSync(inside).toSorted()).toEqual(['.git', 'cache', 'new.txt', 'page.txt']);
    expect(read(workspace, 'library/page.txt')).toBe('one\n');
    expect(repository.gitIn(inside, 'rev-parse', 'HEAD')).toBe(commit);
  });
});

test('an agent that removed its worktree is told so, and can come back', async () => {
  const workspace = await prepare();
  rmSync(workspace.directory, { recursive: true });
  await expect(workspaces.commitAll(workspace, 'Phase do')).rejects.toMatchObject({
    code: 'WORKSPACE_ASTRAY',
    retryable: true,
    message: `repository ${repository.directory}: ${workspace.directory} does not exist any more, and nothing was committed`,
  });
  expect(await prepare()).toEqual(workspace);
});

test.for<[string, (directory: string) => void]>([
  ['removed its .git', () => undefined],
  ['made a repository of its own', (directory) => repository.gitIn(directory, 'init', '-q')],
  ['left an empty .git', (directory) => mkdirSync(join(directory, '.git'))],
])('an agent that %s touches nothing of the repository around it', async ([, leave]) => {
  workspaces = new GitWorkspaces({
    directory: join(repository.directory, '.chimera', 'workspaces'),
    environment: repository.environment,
  });
  const workspace = await prepare();
  write(workspace, 'work.txt', 'w');
  rmSync(join(workspace.directory, '.git'));
  leave(workspace.directory);
  writeFileSync(join(repository.directory, 'mine.txt'), 'half done');
  repository.git('add', 'mine.txt');
  await expect(workspaces.commitAll(workspace, 'Phase do')).rejects.toMatchObject({
    code: 'WORKSPACE_ASTRAY',
  });
  expect(repository.git('log', '--format=%s', 'main')).toBe('readme.txt');
  expect(repository.git('diff', '--cached', '--name-only')).toBe('mine.txt');
});

test('no variable of an outer git, and no hook of the repository, has a say', async () => {
  const hook = join(repository.directory, '.git', 'hooks', 'post-checkout');
  mkdirSync(join(hook, '..'), { recursive: true });
  writeFileSync(hook, `#!/bin/sh\ntouch ${repository.root}/hook-ran\n`, { mode: 0o755 });
  const environment = {
    ...repository.environment,
    GIT_DIR: '/nowhere',
    GIT_WORK_TREE: '/nowhere',
    GIT_INDEX_FILE: '/nowhere/index',
  };
  const inside = new GitWorkspaces({ directory: repository.workspaces, environment });
  const workspace = await inside.prepare({
    repository: repository.directory,
    workflowId: 'wf-1',
  });
  expect(read(workspace, 'readme.txt')).toBe('one\n');
  expect(existsSync(join(repository.root, 'hook-ran'))).toBe(false);
});

describe('what cannot be prepared says why', () => {
  test('no such directory', async () => {
    const nowhere = join(repository.root, 'nowhere');
    await expect(prepare({ repository: nowhere })).rejects.toMatchObject({
      name: 'WorkspaceError',
      code: 'REPOSITORY_NOT_FOUND',
      repository: nowhere,
      retryable: false,
      message: `repository ${nowhere}: ${nowhere} does not exist; name a directory that is a git repository`,
    });
  });

  test('no directory', async () => {
    const file = join(repository.root, 'file');
    writeFileSync(file, '');
    await expect(prepare({ repository: file })).rejects.toMatchObject({
      code: 'REPOSITORY_NOT_FOUND',
      message: `repository ${file}: ${file} is a file; name a directory that is a git repository`,
    });
  });

  test('no repository', async () => {
    await expect(prepare({ repository: repository.root })).rejects.toMatchObject({
      code: 'NOT_A_REPOSITORY',
      message: `repository ${repository.root}: is not a git repository; run git init there, or name another directory`,
    });
  });

  test('no commits', async () => {
    const empty = join(repository.root, 'empty');
    repository.git('init', '--quiet', empty);
    await expect(prepare({ repository: empty })).rejects.toMatchObject({
      code: 'NO_COMMITS',
      message: `repository ${empty}: has no commits; make a first one`,
    });
  });

  test.each(['a file', 'packed'])('a branch in the way that is %s', async (how) => {
    repository.git('branch', 'chimera');
    if (how === 'packed') repository.git('pack-refs', '--all');
    await expect(prepare()).rejects.toMatchObject({
      code: 'BRANCH_IN_THE_WAY',
      retryable: false,
      message: `repository ${repository.directory}: has a branch "chimera", beside which git can make no chimera/wf-1; rename it: git branch -m chimera ANOTHER`,
    });
  });

  test.each(['no-such-branch', '--help'])('no such base: %s', async (base) => {
    await expect(prepare({ base })).rejects.toMatchObject({
      code: 'BASE_NOT_FOUND',
      message: `repository ${repository.directory}: has no commit "${base}"; fetch it, or name another base`,
    });
  });

  test('no git', async () => {
    const environment = { PATH: '/nowhere' };
    const without = new GitWorkspaces({ directory: repository.workspaces, environment });
    await expect(
      without.prepare({ repository: repository.directory, workflowId: 'wf-1' }),
    ).rejects.toMatchObject({
      code: 'GIT_NOT_FOUND',
      message: `repository ${repository.directory}: cannot start "git": no such program; install it, or add its directory to PATH (/nowhere)`,
    });
  });

  test.each(['1.8.3.1', '2.30.2', '2.33.8 (Apple Git-137)'])(
    'a git of version %s',
    async (version) => {
      const workspaces = withGitThat(`*--version) echo 'git version ${version}'; exit;;`);
      await expect(
        workspaces.prepare({ repository: repository.directory, workflowId: 'wf-1' }),
      ).rejects.toMatchObject({
        code: 'GIT_TOO_OLD',
        retryable: false,
        message: `repository ${repository.directory}: "git version ${version}" is too old for its worktrees; install git 2.34 or a newer one`,
      });
    },
  );

  test('a git that others kill, which is no answer', async () => {
    const workspaces = withGitThat('*rev-parse*--verify*) kill -TERM $$;;');
    await expect(
      workspaces.prepare({ repository: repository.directory, workflowId: 'wf-1' }),
    ).rejects.toMatchObject({
      code: 'GIT_KILLED',
      message: expect.stringContaining('was killed by SIGTERM'),
      retryable: true,
    });
  });

  test('aborted', async () => {
    await expect(prepare({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'GIT_ABORTED',
      retryable: true,
    });
  });

  test('an id that is no branch', async () => {
    const ids = ['', '.', '..', 'a/b', 'a..b', '-x', '.x', 'x.', 'x.lock', 'a b', 'x'.repeat(201)];
    for (const workflowId of ids) {
      await expect(prepare({ workflowId })).rejects.toThrow(
        'agents: workflowId must be a name of letters, digits, ".", "_" and "-" that can be a git branch, got "',
      );
    }
  });

  test('a git that takes too long', async () => {
    const impatient = new GitWorkspaces({
      directory: repository.workspaces,
      environment: repository.environment,
      timeoutMs: 0,
    });
    await expect(
      impatient.prepare({ repository: repository.directory, workflowId: 'wf-1' }),
    ).rejects.toThrow('took longer than 0 ms');
  });
});

/** The real git, but for the command lines of this case of a shell. */
function withGitThat(arm: string): GitWorkspaces {
  const programs = join(repository.root, 'programs');
  mkdirSync(programs);
  const path = repository.environment['PATH'] ?? '';
  const script = `#!/bin/sh\ncase "$*" in ${arm} esac\nPATH='${path}' exec git "$@"\n`;
  writeFileSync(join(programs, 'git'), script, { mode: 0o755 });
  const environment = { ...repository.environment, PATH: `${programs}:${path}` };
  return new GitWorkspaces({ directory: repository.workspaces, environment });
}
