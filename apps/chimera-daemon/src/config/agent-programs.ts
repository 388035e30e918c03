import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { ConfigIssue } from './config-error.ts';
import { isTree, type Tree, valueAt } from './layer.ts';
import { placed } from './placed.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Agents whose program cannot be started: their first work would die of it. Told only where it is
 * certain; on Windows, which looks for endings of its own, nothing is.
 */
export function missingPrograms(
  settings: Tree,
  directory: string,
  environment: Environment,
): readonly ConfigIssue[] {
  if (process.platform === 'win32') return [];
  const agents = Object.entries(isTree(settings.agents) ? settings.agents : {});
  return agents.flatMap(([name, agent]) => {
    if (!isTree(agent) || agent.type !== 'command' || !Array.isArray(agent.command)) return [];
    const [word] = agent.command as readonly unknown[];
    if (typeof word !== 'string' || word === '') return [];
    const program = placed(word, directory);
    const rule = program.includes('/')
      ? ruleOfPath(program, agent.cwd, directory)
      : ruleOfName(program, valueAt(agent, ['env', 'PATH']) ?? environment.PATH);
    return rule === undefined ? [] : [{ path: `agents.${name}.command`, rule, value: program }];
  });
}

/** A relative one is looked for where the agent runs: in a worktree that is yet to come, unless `cwd` says where. */
function ruleOfPath(program: string, cwd: unknown, directory: string): string | undefined {
  if (!isAbsolute(program) && typeof cwd !== 'string') return undefined;
  const path = resolve(directory, typeof cwd === 'string' ? cwd : '', program);
  return isExecutable(path)
    ? undefined
    : 'must begin with a program: a file that exists and may be executed';
}

function ruleOfName(program: string, path: unknown): string | undefined {
  if (typeof path !== 'string' || path === '') return undefined;
  const folders = path.split(delimiter);
  // Others depend on where the agent runs.
  if (!folders.every(isAbsolute)) return undefined;
  return folders.some((folder) => isExecutable(join(folder, program)))
    ? undefined
    : `must begin with a program that is in PATH (${path})`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
