import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { missingPrograms } from '../src/config/agent-programs.ts';
import { chimera, newDirectory } from './chimera-process.ts';

/** A folder with a program, a file that is none, and a folder. */
function folder(): string {
  const directory = newDirectory({ program: '#!/bin/sh\n', text: 'no program' });
  chmodSync(join(directory, 'program'), 0o755);
  chmodSync(join(directory, 'text'), 0o644);
  mkdirSync(join(directory, 'folder'));
  return directory;
}

/** Why the agent is refused; `here` stands for the folder. */
function refused(agent: object, path?: string): readonly string[] {
  const directory = folder();
  const placed = JSON.parse(JSON.stringify(agent).replaceAll('here', directory)) as object;
  const agents = { a: { type: 'command', ...placed } };
  const environment = { PATH: path?.replaceAll('here', directory) };
  return missingPrograms({ agents }, directory, environment).map(({ path: field, rule, value }) =>
    `${field} ${rule}, got ${String(value)}`.replaceAll(directory, 'here'),
  );
}

const noProgram =
  'agents.a.command must begin with a program: a file that exists and may be executed';

const missing = (program: string, path: string): string =>
  `agents.a.command must begin with a program that is in PATH (${path}), got ${program}`;

describe.skipIf(process.platform === 'win32')('the program of an agent', () => {
  test.for(['{config}/program', 'here/program', '{node}'])('may be %s', (program) => {
    expect(refused({ command: [program, 'x'] })).toEqual([]);
  });

  test.for(['nothing', 'text', 'folder', 'text/program'])(
    'must be a file that may be executed: %s is none',
    (name) => {
      expect(refused({ command: [`{config}/${name}`] })).toEqual([
        `${noProgram}, got here/${name}`,
      ]);
    },
  );

  test('with a relative path is looked for where the agent runs, if that is known', () => {
    expect(refused({ command: ['./nothing'] })).toEqual([]);
    expect(refused({ command: ['./program'], cwd: '.' })).toEqual([]);
    expect(refused({ command: ['./nothing'], cwd: 'folder' })).toEqual([
      `${noProgram}, got ./nothing`,
    ]);
  });

  test('by its name is looked for in the PATH that the agent has', () => {
    expect(refused({ command: ['program'] }, '/nowhere:here')).toEqual([]);
    expect(refused({ command: ['text'] }, '/nowhere:here')).toEqual([
      missing('text', '/nowhere:here'),
    ]);
    expect(refused({ command: ['program'], env: { PATH: 'here' } }, '/nowhere')).toEqual([]);
    expect(refused({ command: ['program'], env: { PATH: '/nowhere' } }, 'here')).toEqual([
      missing('program', '/nowhere'),
    ]);
  });

  test.for([undefined, '', '/nowhere:', 'bin', '/nowhere:./bin'])(
    'by its name is not refused with the PATH %j: where the agent runs decides',
    (path) => {
      expect(refused({ command: ['nothing'] }, path)).toEqual([]);
    },
  );

  test('that is not there stops the start, with all else that is wrong', async () => {
    const yaml = `agents: { a: { type: command, command: ['{config}/no'] } }\npool: { max: 0 }\n`;
    const run = await chimera(['start'], newDirectory({ 'chimera.yaml': yaml }));
    expect(run.exitCode).toBe(2);
    expect(run.stderr).toMatch(/agents\.a\.command must begin with a program: .*, got ".*\/no"/);
    expect(run.stderr).toContain('pool.max');
  });
});
