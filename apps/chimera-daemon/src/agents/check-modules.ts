import { resolve } from 'node:path';
import { loadModuleAgent } from '@chimera/agents';
import type { LoadedConfig } from '../config/load-config.ts';

/**
 * Loads the modules of agents before anything is opened: a start that is refused for one leaves no
 * database behind. Who loads them later is given what was loaded here.
 *
 * @throws AgentLoadError
 */
export async function checkModules({
  config,
  directory,
}: Pick<LoadedConfig, 'config' | 'directory'>): Promise<void> {
  const loading = Object.entries(config.agents).map(async ([name, agent]) => {
    if (agent.type !== 'module') return;
    await loadModuleAgent(resolve(directory, agent.module), agent.export, name);
  });
  // All at once: they may have to fetch what they need, and one that is wrong waits for no other.
  await Promise.all(loading);
}
