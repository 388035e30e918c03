import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { ChimeraClient } from '@chimera/client';
import type { Services } from './services.ts';

export interface DaemonOptions {
  /** Where database, worktrees and log are. */
  readonly directory: string;
  readonly services: Pick<Services, 'inventoryUrl' | 'reviewUrl'> | undefined;
  /** Goes on when this process ends. */
  readonly detached?: boolean;
}

export interface DaemonProcess {
  readonly process: ChildProcess;
  readonly client: ChimeraClient;
}

/** The daemon's settings for the fleet change. */
export const configFile = join(import.meta.dirname, '../chimera.yaml');
const require = createRequire(import.meta.url);
const executable = join(
  dirname(require.resolve('@chimera/chimera-daemon/package.json')),
  'bin/chimera.js',
);

/** Starts `chimera start` as a process of its own, and resolves when it listens. */
export async function startDaemon(options: DaemonOptions): Promise<DaemonProcess> {
  const { detached = false, directory, services } = options;
  const settings = [
    'http.port=0',
    `database.path=${databaseIn(directory)}`,
    `workspaces.directory=${join(directory, 'worktrees')}`,
    ...(services === undefined
      ? []
      : [
          `agents.planner.env.INVENTORY_URL=${services.inventoryUrl}`,
          `agents.reviewer.env.REVIEW_URL=${services.reviewUrl}`,
        ]),
  ];
  const log = openSync(join(directory, 'daemon.log'), 'a');
  const child = spawn(
    process.execPath,
    [
      executable,
      'start',
      '--config',
      configFile,
      ...settings.flatMap((setting) => ['--set', setting]),
    ],
    { stdio: ['ignore', 'pipe', log], detached },
  );
  const url = await listeningAt(child, directory);
  child.stdout?.destroy();
  if (detached) child.unref();
  return { process: child, client: new ChimeraClient({ url }) };
}

export function databaseIn(directory: string): string {
  return join(directory, 'chimera.db');
}

/** Ends the daemon as an operator would, and waits until it has. */
export async function stopDaemon({ process: child }: DaemonProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  // A detached one keeps nobody waiting: without services, this process would end before it.
  child.ref();
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

async function listeningAt(child: ChildProcess, directory: string): Promise<string> {
  if (child.stdout !== null) {
    for await (const line of createInterface({ input: child.stdout })) {
      const found = /listens at (\S+)/.exec(line)?.[1];
      if (found !== undefined) return found;
    }
  }
  throw new Error(`the daemon did not start; see ${join(directory, 'daemon.log')}`);
}
