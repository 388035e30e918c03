import { copyFileSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const phases: readonly string[] = ['plan', 'implement', 'validate'];

/** A daemon's whole world: settings, definition, agent, database, log, and the agents' journal. */
export interface CampaignFolder {
  readonly directory: string;
  readonly config: string;
  readonly database: string;
  readonly journal: string;
  readonly log: string;
}

export interface CampaignSettings {
  readonly durability?: 'power-loss' | 'crash';
  readonly slots?: number;
  /** How long an agent works. */
  readonly workSeconds?: number;
}

export function makeCampaignFolder(
  path: string,
  { durability = 'power-loss', slots = 6, workSeconds = 0.02 }: CampaignSettings = {},
): CampaignFolder {
  mkdirSync(path, { recursive: true });
  const directory = realpathSync(path);
  const journal = join(directory, 'journal.txt');
  writeFileSync(journal, '');
  copyFileSync(join(import.meta.dirname, 'agent.sh'), join(directory, 'agent.sh'));
  const definition = {
    name: 'three-phases',
    phases: phases.map((name, index) => ({
      name,
      stage: ['planning', 'implementation', 'validation'][index],
      agent: 'worker',
      timeout: '60s',
    })),
  };
  writeFileSync(join(directory, 'three-phases.json'), JSON.stringify(definition));
  const config = join(directory, 'chimera.json');
  writeFileSync(
    config,
    JSON.stringify({
      http: { port: 0 },
      database: { path: 'chimera.db', durability },
      // What is campaigned for is the work and its record, on however busy a machine.
      pool: { min: slots, max: slots },
      autoscaler: { enabled: false },
      degradation: { enabled: false },
      shutdown: { grace: '10s' },
      agents: {
        worker: {
          type: 'command',
          command: ['/bin/sh', '{config}/agent.sh'],
          env: { JOURNAL: journal, WORK_SECONDS: String(workSeconds) },
        },
      },
      workflows: ['three-phases.json'],
      log: { level: 'warn' },
    }),
  );
  return {
    directory,
    config,
    database: join(directory, 'chimera.db'),
    journal,
    log: join(directory, 'daemon.log'),
  };
}
