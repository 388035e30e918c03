import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConfigIssue } from './config-error.ts';
import { isTree, type Tree } from './layer.ts';

/** Agents whose module is no file. */
export function missingModules(settings: Tree, directory: string): readonly ConfigIssue[] {
  const agents = Object.entries(isTree(settings.agents) ? settings.agents : {});
  return agents.flatMap(([name, agent]) => {
    if (!isTree(agent) || agent.type !== 'module') return [];
    const { module: file } = agent;
    if (typeof file !== 'string' || file === '') return [];
    const path = resolve(directory, file);
    if (isFile(path)) return [];
    return [{ path: `agents.${name}.module`, rule: 'must name a file that exists', value: path }];
  });
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
