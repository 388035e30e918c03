import { join, resolve } from 'node:path';
import type { WorkflowDefinition } from '@chimera/workflow';
import type { LoadedConfig } from '../config/load-config.ts';

type Definitions = LoadedConfig['definitions'];

/** What a daemon without agents says: what it can run all the same, and where agents are configured. */
export function withoutAgents({
  definitions,
  directory,
  file,
}: Pick<LoadedConfig, 'definitions' | 'directory' | 'file'>): string {
  const able = [...definitions.values()].filter((each) => needsNoAgent(each, definitions));
  const names = able.map(({ name }) => name).join(', ');
  const what =
    able.length === 0
      ? `no workflow can run (known are ${[...definitions.keys()].join(', ')}, which need some)`
      : `only workflows of checks can run (${names})`;
  const where =
    file === undefined
      ? `${join(directory, 'chimera.yaml')}, which is not there, or in the file that --config names`
      : resolve(file);
  return `no agents are configured: ${what}; configure them under agents in ${where}`;
}

/** Nor do its children, which contain it nowhere. */
function needsNoAgent({ phases }: WorkflowDefinition, definitions: Definitions): boolean {
  return phases.every(
    ({ agent, children }) =>
      agent === undefined &&
      (children?.start ?? []).every(({ workflow }) => {
        const child = definitions.get(workflow);
        return child !== undefined && needsNoAgent(child, definitions);
      }),
  );
}
